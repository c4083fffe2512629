"""An agent that works on after it has answered: `HealthyBusy` keeps its session going, up to its lifetime.

The shortest idle timeout that the API knows is a minute. What has to outlast it begins here, and the last test of the
whole run looks at what has become of it.
"""

from types import SimpleNamespace

import pytest

from conftest import AGENTS
from ours import shown, wait_for
from servers import Agent, Server, archive_of

pytestmark = pytest.mark.vm

SETTINGS = "[limits]\nsuspend-after-seconds = 1\n"
MINUTE = 60
STEPS_PER_SECOND = 10


@pytest.fixture(scope="session")
def begun(tmp_path_factory):
    """A server that suspends early, with sessions that nobody asks anything any more."""
    server = Server(tmp_path_factory.mktemp("asynchronous"), SETTINGS).start()
    try:
        # While its sessions work on, what else runs keeps its own environment.
        with server.entered():
            sessions = begin(server)
        yield sessions
    finally:
        server.stop()


def begin(server):
    code = archive_of(AGENTS / "worker")
    agent = Agent.deploy(
        "worker", code, lifecycleConfiguration={"idleRuntimeSessionTimeout": MINUTE, "maxLifetime": 60 * MINUTE}
    )
    mayfly = Agent.deploy("mayfly", code, lifecycleConfiguration={"maxLifetime": MINUTE})
    sessions = SimpleNamespace(
        server=server,
        busy=agent.session(),
        brief=agent.session(),
        aged=mayfly.session(),
        restless=agent.session(),
        quiet=agent.session(),
    )
    for session in (sessions.busy, sessions.brief, sessions.aged):
        session.ask({"work": True})
    sessions.restless.ask({"restless": True})
    sessions.quiet.ask({})
    return sessions


def test_who_is_busy_is_not_suspended_and_works_on(begun):
    quiet = wait_for(begun.server, begun.quiet, "SUSPENDED")
    busy = shown(begun.server, begun.busy)
    assert busy["state"] == "IDLE"
    assert busy["lastUsedAt"] > quiet["lastUsedAt"], "being busy is being used"


def test_who_has_finished_is_suspended_soon(begun):
    wait_for(begun.server, begun.quiet, "SUSPENDED")
    assert shown(begun.server, begun.brief)["state"] == "IDLE"
    finished = begun.brief.ask({"work": False})["steps"]
    assert finished > 0
    wait_for(begun.server, begun.brief, "SUSPENDED")
    assert begun.brief.ask({})["steps"] == finished
    begun.brief.stop()


def test_who_claims_a_new_status_at_every_ping_is_told_of_and_suspended_all_the_same(begun):
    wait_for(begun.server, begun.restless, "SUSPENDED")
    complaint = "the agent sets time_of_last_update anew at every /ping"
    lines = [line for line in begun.server.log_path.read_text().splitlines() if complaint in line]
    assert [begun.restless.id in line for line in lines] == [True]


@pytest.mark.late
def test_who_is_busy_outlasts_the_idle_timeout_but_not_its_lifetime(begun):
    quiet = wait_for(begun.server, begun.quiet, "ENDED")
    assert quiet["endReason"] == "it was idle for too long"
    assert shown(begun.server, begun.busy)["state"] == "IDLE"
    assert begun.busy.ask({})["steps"] > MINUTE * STEPS_PER_SECOND / 2, "it worked all the time"
    assert shown(begun.server, begun.restless)["state"] == "SUSPENDED", "it has never been idle"
    assert begun.restless.ask({})["restless"]
    aged = wait_for(begun.server, begun.aged, "ENDED")
    assert aged["endReason"] == "it reached its maximum lifetime"
