"""A session keeps the version that it began with; what becomes of it when that version, or the whole agent, goes."""

import time

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from conftest import AGENTS
from ours import sessions, shown, suspend
from servers import ROLE, Agent, Server, archive_of, artifact, client, machines, wait_for_runtime

pytestmark = pytest.mark.vm

PATIENCE = 60
# What is on disk is asked for, and every machine is a session's.
SETTINGS = "[limits]\nsuspend-after-seconds = 0\nmachines-ahead = 0\n"


@pytest.fixture
def own(tmp_path):
    with Server(tmp_path, SETTINGS).running() as server:
        yield server


def deploy(name):
    return Agent.deploy(name, archive_of(AGENTS / "probe"), environmentVariables={"EDITION": "1"})


def update(agent, name, edition):
    control = client("bedrock-agentcore-control")
    control.update_agent_runtime(
        agentRuntimeId=agent.id,
        agentRuntimeArtifact=artifact(f"{name}.zip"),
        networkConfiguration={"networkMode": "PUBLIC"},
        roleArn=ROLE,
        environmentVariables={"EDITION": edition},
    )
    assert wait_for_runtime(control, agent.id)["status"] == "READY"
    return control


def edition(session):
    return session.ask({"do": "environment"})["EDITION"]


def wait_until(holds, what):
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)


def kept(server):
    """The files of sandboxes that there are, by kind."""
    kinds = ["sandboxes", "snapshots", "templates", "layers"]
    return {kind: sorted(path.name for path in (server.data / "sandboxes" / kind).iterdir()) for kind in kinds}


def test_sessions_outlive_the_version_that_they_run(own):
    agent = deploy("edited")
    running, asleep, ended = (agent.session() for _ in range(3))
    for session in (running, asleep, ended):
        assert session.ask({})["turn"] == 1
    suspend(own, asleep)
    control = update(agent, "edited", "2")
    new = agent.session()
    assert edition(new) == "2"
    assert [edition(running), edition(asleep)] == ["1", "1"]
    assert [running.ask({})["turn"], asleep.ask({})["turn"]] == [3, 3]
    ended.stop()
    assert edition(ended) == "2", "it began anew"
    versions = [shown(own, session)["agentRuntimeVersion"] for session in (running, asleep, ended, new)]
    assert versions == ["1", "1", "2", "2"]

    # The version goes, and its template: who runs goes on, who is asleep has nothing to go on with.
    suspend(own, asleep)
    control.delete_agent_runtime(agentRuntimeId=agent.id, agentRuntimeVersion="1")
    wait_until(lambda: len(kept(own)["templates"]) == 1, "only one template is left")
    assert shown(own, asleep)["endReason"] == "its version was deleted"
    assert kept(own)["snapshots"] == []
    assert running.ask({})["turn"] == 4
    assert edition(running) == "1"
    assert (edition(asleep), asleep.ask({})["turn"]) == ("2", 2)
    running.stop()
    assert edition(running) == "2"


def test_nothing_is_left_of_an_agent_that_is_deleted_while_its_sessions_live(own):
    agent = deploy("deleted")
    idle, busy, asleep = (agent.session() for _ in range(3))
    for session in (idle, busy, asleep):
        assert session.ask({})["turn"] == 1
    suspend(own, asleep)
    assert len(machines(own.data)) == len(kept(own)["sandboxes"]) == 2
    stream = busy.invoke({"do": "stream", "events": 10_000, "pause": 0.02})["response"]
    stream.read(10)
    agent.delete()
    with pytest.raises(HTTPClientError):
        stream.read()
    for session in (idle, busy, asleep):
        with pytest.raises(ClientError) as refusal:
            session.ask({})
        assert refusal.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert sessions(own) == {}
    assert machines(own.data) == set()
    # Records go first, files after them.
    nothing = {"sandboxes": [], "snapshots": [], "templates": [], "layers": []}
    wait_until(lambda: kept(own) == nothing, "nothing is left")
