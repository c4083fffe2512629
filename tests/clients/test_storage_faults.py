"""What a session keeps on its own disk while the server's disk is full, or the server is killed."""

import os
import random
import time
from threading import Thread

import pytest
from botocore.exceptions import ClientError, HTTPClientError

import ours
from conftest import AGENTS
from disks import fill, small_disk
from servers import Agent, Server, archive_of

pytestmark = pytest.mark.vm

NOTE = "/mnt/workspace/note"
STORAGE = [{"sessionStorage": {"mountPath": "/mnt/workspace"}}]
# Nobody is suspended but on demand, and no machine is anybody's but a session's.
SETTINGS = "[limits]\nsuspend-after-seconds = 0\nmachines-ahead = 0\n"
SEED = int(os.environ.get("FREEHOLD_ENDURANCE_SEED", "20261121"))
KILLS = 6


def write(session, text, path=NOTE):
    assert session.ask({"do": "write", "path": path, "text": text, "flush": True}) == {}


def read(session):
    return session.ask({"do": "read", "path": NOTE})["text"]


def again(session):
    """The same session, asked where the server is now."""
    same = session.agent.session()
    same.id = session.id
    return same


def kept(server, what):
    """The names of what the engine has on its disk."""
    return sorted(path.name for path in (server.data / "sandboxes" / what).iterdir())


@pytest.fixture
def own(tmp_path):
    with Server(tmp_path, SETTINGS).running() as server:
        yield server


@pytest.fixture
def small(tmp_path):
    """A server whose data is on a disk of its own, which can be filled."""
    with small_disk(tmp_path / "data", megabytes=1200), Server(tmp_path, SETTINGS).running() as server:
        yield server


def test_a_full_disk_takes_nothing_away(small):
    agent = Agent.deploy("keeper", archive_of(AGENTS / "probe"), filesystemConfigurations=STORAGE)
    session = agent.session()
    for number in range(80):
        write(session, os.urandom(100_000).hex(), path=f"/mnt/workspace/part-{number}")
    write(session, "then")
    ours.checkpoint(small, session, "then")
    write(session, "now")
    filler, before = small.data / "filler", kept(small, "storages")

    fill(filler, leave=64 << 10)
    with pytest.raises(ours.Refused, match="503.*disk is full"):
        ours.checkpoint(small, session, "more")
    assert (read(session), kept(small, "storages")) == ("now", before), "it runs on"
    assert len(kept(small, "snapshots")) == 1
    session.stop()
    assert kept(small, "storages") == before, "it could not be put away, so it stays"
    assert [name for name in os.listdir(small.data / "work") if name.startswith("packed")] == []
    assert "a session storage was not put away" in small.log()
    filler.unlink()

    assert read(session) == "now"
    ours.rewind(small, session, "then")
    fill(filler, leave=1 << 20)
    with pytest.raises(ClientError, match="disk is full.*still suspended"):
        session.ask({})
    assert ours.shown(small, session)["state"] == "SUSPENDED"
    filler.unlink()
    assert (read(session), session.ask({})["turn"]) == ("then", 83)
    session.stop()
    assert kept(small, "storages") == []
    assert read(session) == "then"
    session.stop()


def test_a_server_that_is_killed_around_a_checkpoint_loses_and_leaks_nothing(own):
    agent = Agent.deploy("keeper", archive_of(AGENTS / "probe"), filesystemConfigurations=STORAGE)
    session, chance = agent.session(), random.Random(SEED)
    write(session, "0")
    ours.checkpoint(own, session, "first")
    for number in range(1, KILLS + 1):
        session = again(session)
        write(session, str(number))
        name = f"number-{number}"
        checkpoint = Thread(target=give_up_quietly, args=(ours.checkpoint, own, session, name))
        checkpoint.start()
        # Somewhere between its beginning and a moment after its end.
        time.sleep(chance.uniform(0, 1.5))
        own.kill()
        checkpoint.join()
        own.start()
        own.enter_environment()
        session = again(session)

        listed = [row["name"] for row in ours.call(own, "GET", f"{ours.place(session)}/checkpoints")["checkpoints"]]
        state = ours.shown(own, session)["state"]
        assert state in ("SUSPENDED", "ENDED")
        assert len(kept(own, "snapshots")) == len(listed) + (state == "SUSPENDED"), "leaked snapshots"
        assert len(kept(own, "storages")) == 1, "leaked storages"
        assert read(session) == str(number)
        for name in set(listed) - {"first"}:
            ours.rewind(own, session, name)
            assert read(session) == str(number), "a checkpoint that is listed is whole"
            ours.call(own, "DELETE", f"{ours.place(session)}/checkpoints/{name}")
    ours.rewind(own, session, "first")
    assert (read(session), session.ask({})["turn"]) == ("0", 3)
    ours.call(own, "DELETE", f"{ours.place(session)}/checkpoints/first")
    session.stop()
    assert (kept(own, "snapshots"), kept(own, "storages")) == ([], [])
    assert read(session) == "0"
    session.stop()


def give_up_quietly(act, *about):
    """Does what may find nobody there any more."""
    try:
        act(*about)
    except (OSError, ours.Refused, HTTPClientError):
        pass
