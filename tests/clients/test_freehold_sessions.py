"""Sessions that are suspended, forked and taken back, by our own commands and on real machines."""

import json
import time
import uuid

import pytest

from conftest import AGENTS
from ours import shown, wait_for
from servers import Agent, Server, archive_of

pytestmark = pytest.mark.vm


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A server that these tests may end and start again; what else runs keeps its own environment."""
    server = Server(tmp_path_factory.mktemp("suspending"), "[limits]\nsuspend-after-seconds = 3\n")
    with server.running():
        yield server


@pytest.fixture(scope="module")
def agent(own):
    return Agent.deploy("probe", archive_of(AGENTS / "probe"))


@pytest.fixture
def session(own, agent):
    begun = agent.session()
    yield begun
    again(begun).stop()


def again(session):
    """The same session, asked where the server is now."""
    same = session.agent.session()
    same.id = session.id
    return same


@pytest.mark.parametrize("end", [Server.stop, Server.kill], ids=["a clean end", "SIGKILL"])
def test_a_conversation_goes_on_after_a_suspension_and_a_restart(own, session, end):
    assert [session.ask({})["turn"] for _ in range(2)] == [1, 2]
    session.ask({"do": "write", "path": "/tmp/note", "text": "of before"})
    before = session.ask({"do": "look"})
    own.freehold("sessions", "suspend", session.id)
    end(own)
    own.start()
    own.enter_environment()
    assert shown(own, session)["state"] == "SUSPENDED"
    same = again(session)
    assert same.ask({})["turn"] == 5
    assert same.ask({"do": "read", "path": "/tmp/note"})["text"] == "of before"
    after = same.ask({"do": "look"})
    assert (after["boot_id"], after["hostname"]) == (before["boot_id"], before["hostname"]), "the machine is the same"
    assert after["urandom"] != before["urandom"]
    assert abs(after["time"] - time.time()) < 30, "its clock was stepped"


def test_a_quiet_session_is_suspended_by_itself_and_the_next_request_resumes_it(own, session):
    session.ask({})
    suspended = wait_for(own, session, "SUSPENDED")
    assert 0 < suspended["storedBytes"] < 20_000_000
    assert session.ask({})["turn"] == 2
    assert shown(own, session)["state"] in ("IDLE", "ACTIVE")


def test_the_commands_show_and_change_sessions(own, agent, session):
    session.ask({})
    table = own.freehold("sessions", "list", "--agent", "probe")
    assert session.id in table and agent.id in table
    assert "suspended" in own.freehold("sessions", "suspend", session.id)
    assert session.id in own.freehold("sessions", "list", "--state", "suspended")
    assert "suspended" in own.freehold("sessions", "suspend", session.id), "twice is no error"
    # The beginning of an id is enough where it is the only one.
    assert "idle" in own.freehold("sessions", "resume", session.id[:20])
    assert session.ask({})["turn"] == 2
    lines = dict(line.split(maxsplit=1) for line in own.freehold("sessions", "show", session.id).splitlines())
    assert (lines["session"], lines["agent"], lines["version"]) == (session.id, agent.id, "1")
    assert "ended" in own.freehold("sessions", "stop", session.id, "--agent", agent.id)
    assert session.id not in own.freehold("sessions", "list")
    listed = json.loads(own.freehold("sessions", "list", "--all", "--json"))["sessions"]
    assert [row["state"] for row in listed if row["sessionId"] == session.id] == ["ENDED"]


def test_the_commands_keep_fork_and_rewind(own, session):
    session.ask({})
    session.ask({"do": "write", "path": "/tmp/note", "text": "then"})
    assert "then is kept" in own.freehold("checkpoints", "create", session.id, "then")
    fork = session.agent.session()
    assert fork.id in own.freehold("checkpoints", "fork", session.id, "then", "--to", fork.id)
    session.ask({"do": "write", "path": "/tmp/note", "text": "later"})
    one, other = session.ask({"do": "look"}), fork.ask({"do": "look"})
    for what in ["urandom", "hostname", "boot_id"]:
        assert one[what] != other[what], f"a fork has a {what} of its own"
    assert fork.ask({"do": "read", "path": "/tmp/note"})["text"] == "then"
    assert [fork.ask({})["turn"], session.ask({})["turn"]] == [5, 5]
    own.freehold("checkpoints", "rewind", session.id, "then")
    assert session.ask({"do": "read", "path": "/tmp/note"})["text"] == "then"
    assert session.ask({})["turn"] == 4
    assert "then" in own.freehold("checkpoints", "list", session.id)
    own.freehold("checkpoints", "delete", session.id, "then")
    assert "no checkpoints" in own.freehold("checkpoints", "list", session.id)
    assert fork.ask({})["turn"] == 6, "a fork does not need what it came from"
    fork.stop()


def test_complaints_say_what_to_do(own, session, tmp_path):
    absent = f"absent-{uuid.uuid4()}"
    assert "freehold sessions list" in own.freehold("sessions", "show", absent, ok=False)
    session.ask({})
    assert "checkpoint" in own.freehold("checkpoints", "rewind", session.id, "absent", ok=False)
    nobody = Server(tmp_path)
    nobody.data, nobody.address = own.data, "127.0.0.1:1"
    assert "freehold serve" in nobody.freehold("sessions", "list", ok=False)
    nobody.data = tmp_path
    assert "--data" in nobody.freehold("sessions", "list", ok=False)
