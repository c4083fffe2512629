"""What is refused beyond a limit, in the API's words, and that the server goes on as soon as there is room."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from conftest import AGENTS
from ours import suspend
from servers import Agent, Server, archive_of

pytestmark = pytest.mark.vm

PATIENCE = 60


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("limits")).running() as server:
        server.agent = Agent.deploy("limited", archive_of(AGENTS / "probe"))
        yield server


@pytest.fixture
def limited(own):
    """Starts the server with a limit, and makes sessions; those of before have ended with it."""

    def limit(settings, sessions):
        own.stop()
        own.configure(f"[limits]\nsuspend-after-seconds = 0\n{settings}\n")
        own.start()
        own.enter_environment()
        return [own.agent.session() for _ in range(sessions)]

    return limit


def ask(session):
    """What a session answers, or how it is refused: status, name and message."""
    try:
        return session.ask({})["turn"]
    except ClientError as refusal:
        error = refusal.response["Error"]
        return refusal.response["ResponseMetadata"]["HTTPStatusCode"], error["Code"], error["Message"]


def ask_at_once(sessions):
    """The turns that were answered, and how the others were refused."""
    with ThreadPoolExecutor(len(sessions)) as pool:
        answers = list(pool.map(ask, sessions))
    return [answer for answer in answers if isinstance(answer, int)], [a for a in answers if isinstance(a, tuple)]


def ask_until_served(session):
    deadline = time.monotonic() + PATIENCE
    while isinstance(answer := ask(session), tuple):
        assert answer[0] == 429 and time.monotonic() < deadline, answer
        time.sleep(0.1)
    return answer


def throttled(what):
    return 429, "ThrottlingException", f"This agent runtime takes at most {what}. Retry with a back-off."


def test_sessions_in_memory(own, limited):
    one, two, three = limited("sessions = 2", 3)
    assert [ask(one), ask(two)] == [1, 1]
    full = (
        402,
        "ServiceQuotaExceededException",
        "2 sessions are active, the most that may be. Stop one, or raise the limit.",
    )
    assert ask(three) == full
    assert ask(one) == 2, "who is there already is served"
    one.stop()
    assert ask(three) == 1
    assert ask(one) == full
    suspend(own, two)
    assert ask(one) == 1, "suspended, a session takes no place"
    assert ask(two) == full, "and needs one to go on"
    three.stop()
    assert ask(two) == 2, "it has lost nothing by having been refused"


def test_new_sessions_a_second(limited):
    sessions = limited("new-sessions-per-second = 1", 4)
    answered, refused = ask_at_once(sessions)
    assert answered and set(answered) == {1}
    assert refused and set(refused) == {throttled("1 new sessions a second")}
    for session in sessions:
        ask_until_served(session)


def test_new_sessions_a_minute(limited):
    # One more each five seconds.
    sessions = limited("new-sessions-per-minute = 12\nnew-sessions-per-second = 100", 16)
    answered, refused = ask_at_once(sessions)
    assert len(answered) >= 12 and set(answered) == {1}
    assert set(refused) == {throttled("12 new sessions a minute")}
    assert ask_until_served(sessions[0]) in (1, 2)
    last = next(session for session in sessions if ask(session) == throttled("12 new sessions a minute"))
    assert ask_until_served(last) == 1


def test_requests_a_second(limited):
    (session,) = limited("requests-per-second = 3", 1)
    assert ask_until_served(session) == 1
    answered, refused = ask_at_once([session] * 12)
    assert answered and set(refused) == {throttled("3 requests a second")}
    assert ask_until_served(session) == len(answered) + 2, "who was refused never reached the agent"
