"""What becomes of the connections that an agent has while its machine is copied, suspended and resumed."""

import time

import pytest

from conftest import AGENTS
from ours import checkpoint, fork, suspend
from servers import Agent, archive_of

pytestmark = pytest.mark.vm

PATIENCE = 60
HOOKS = {"build": {"warmup": {"action": {"httpPost": {"path": "/warm"}}}}}


@pytest.fixture(scope="module")
def wired(server):
    agent = Agent.deploy("wired", archive_of(AGENTS / "wired"), hooksConfiguration=HOOKS)
    yield agent
    agent.delete()


@pytest.fixture
def pair(wired):
    sessions = wired.session(), wired.session()
    yield sessions
    for session in sessions:
        session.stop()


def test_a_connection_within_the_machine_goes_on_in_every_copy(server, pair):
    one, other = pair
    for session, word in [(one, "one"), (other, "other"), (one, "again")]:
        assert session.ask({"say": word})["answer"] == word.upper()
    suspend(server, one)
    assert one.ask({"say": "resumed"})["heard"] == ["warm", "one", "again", "resumed"]
    assert other.ask({"say": "last"})["heard"] == ["warm", "other", "last"]


def test_a_connection_within_the_machine_goes_on_in_a_fork(server, pair):
    session, copy = pair
    session.ask({"say": "then"})
    checkpoint(server, session, "here")
    fork(server, session, "here", copy)
    assert copy.ask({"say": "copy"})["heard"] == ["warm", "then", "copy"]
    assert session.ask({"say": "origin"})["heard"] == ["warm", "then", "origin"]


def test_nothing_outside_can_be_reached_before_the_snapshot(pair):
    for session in pair:
        outside = session.ask({"say": "hello"})["outside"]
        assert outside["outcome"] == "ENETUNREACH"
        assert outside["seconds"] < 1, "nothing was waited for"


def test_the_agents_own_port_serves_on_and_no_connection_is_torn(server, pair):
    for session in pair:
        for _ in range(3):
            session.ask({"say": "hello"})
        suspend(server, session)
        served = session.ask({"say": "hello"})["served"]
        assert served["whole"] >= 4, "its warm-up and its requests of before"
        # A connection's thread in the agent may see its end a moment later.
        deadline = time.monotonic() + PATIENCE
        while served["now"] > 1:
            assert time.monotonic() < deadline, f"half open since the copy or the suspension: {served}"
            served = session.ask({"say": "still there?"})["served"]
        assert served["torn"] == []
