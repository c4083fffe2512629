"""A machine is killed in each of its states: its session is told of in time, never goes on half, and begins anew or where
it was suspended. `test_endurance.py` kills idle ones by the dozen, and servers; the engine's own tests kill in each step.
"""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from conftest import AGENTS
from ours import Refused, sessions, shown, suspend
from servers import Agent, Server, archive_of, machines

pytestmark = pytest.mark.vm

PATIENCE = 60
# Every machine is a session's, and is suspended when it is asked to be.
SETTINGS = "[limits]\nsuspend-after-seconds = 0\nmachines-ahead = 0\n"


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("killed"), SETTINGS).running() as server:
        server.agent = Agent.deploy("killed", archive_of(AGENTS / "probe"))
        yield server


@pytest.fixture
def session(own):
    """The only one that there is: nothing may be left of it but its record."""
    begun = own.agent.session()
    assert [begun.ask({})["turn"] for _ in range(2)] == [1, 2]
    yield begun
    begun.stop()
    assert machines(own.data) == set()
    wait_until(lambda: kept(own, "sandboxes") == kept(own, "snapshots") == [], "nothing is left")


def machine(server):
    """The only machine's process, as soon as there is one."""
    found = []

    def look():
        for children in Path(f"/proc/{server.process.pid}/task").glob("*/children"):
            found.extend(int(child) for child in children.read_text().split())
        return found

    wait_until(look, "a machine is started", pause=0)
    (only,) = found
    return only


def kill(server):
    """Kills the machine, unless it has gone by itself."""
    for process in machines(server.data):
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            pass


def kept(server, kind):
    return os.listdir(server.data / "sandboxes" / kind)


def wait_until(holds, what, pause=0.02):
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(pause)


def ended(server, session):
    return lambda: session.id not in sessions(server)


def attempt(call):
    """What a call answers, or the status and the words with which it is refused."""
    try:
        return call()
    except Refused as refusal:
        return refusal.status, refusal.answer
    except ClientError as refusal:
        error = refusal.response["Error"]
        return refusal.response["ResponseMetadata"]["HTTPStatusCode"], f"{error['Code']}: {error['Message']}"


def test_while_it_is_idle(own, session):
    os.kill(machine(own), signal.SIGKILL)
    wait_until(ended(own, session), "its end is noticed")
    assert "signal: 9" in shown(own, session)["endReason"]
    assert session.ask({})["turn"] == 1


@pytest.mark.parametrize("asleep", [False, True], ids=["", "for the first time since it was suspended"])
def test_while_it_streams(own, session, asleep):
    if asleep:
        suspend(own, session)
    answer = session.invoke({"do": "stream", "events": 10_000, "pause": 0.02})["response"]
    answer.read(10)
    os.kill(machine(own), signal.SIGKILL)
    with pytest.raises(HTTPClientError):
        answer.read()
    wait_until(ended(own, session), "its end is noticed")
    assert session.ask({})["turn"] == 1, "its snapshot knows nothing of what it had begun to answer"


def test_before_it_answers(own, session):
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(attempt, lambda: session.ask({"do": "wait", "seconds": PATIENCE}))
        wait_until(lambda: shown(own, session)["state"] == "ACTIVE", "the request is under way")
        os.kill(machine(own), signal.SIGKILL)
        status, words = asking.result()
    assert status == 424
    assert "RuntimeClientError: The agent ended while it handled the request" in words
    assert session.ask({})["turn"] == 1


def test_while_it_is_suspended(own, session):
    """At any moment of it: there is a whole snapshot afterwards, or there is none."""
    with ThreadPoolExecutor(1) as pool:
        suspending = pool.submit(attempt, lambda: suspend(own, session))
        wait_until(lambda: kept(own, "snapshots"), "it is being suspended", pause=0)
        kill(own)
        outcome = suspending.result()
    if shown(own, session)["state"] == "SUSPENDED":
        assert session.ask({})["turn"] == 3
    else:
        assert outcome[0] == 409
        wait_until(ended(own, session), "its end is noticed")
        assert kept(own, "snapshots") == []
        assert session.ask({})["turn"] == 1


def test_while_it_is_resumed(own, session):
    """It is suspended still, unless it was quicker than we are and had gone on: then it has ended."""
    turn = 2
    for _ in range(20):
        suspend(own, session)
        with ThreadPoolExecutor(1) as pool:
            asking = pool.submit(attempt, lambda: session.ask({})["turn"])
            os.kill(machine(own), signal.SIGKILL)
            outcome = asking.result()
        if isinstance(outcome, tuple) and outcome[0] == 409:
            break
        assert outcome == turn + 1 or outcome[0] == 424
        wait_until(ended(own, session), "its end is noticed")
        turn = session.ask({})["turn"]
        assert turn == 1
    else:
        pytest.fail(f"it was quicker every time: {outcome}")
    assert "RetryableConflictException" in outcome[1]
    assert shown(own, session)["state"] == "SUSPENDED"
    assert session.ask({})["turn"] == turn + 1, "it has lost nothing"
