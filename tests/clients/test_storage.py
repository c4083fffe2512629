"""What a session keeps on its own disk: there in its next life, gone with its version, and nobody else's."""

import pytest

import ours
from conftest import AGENTS
from servers import ROLE, Agent, archive_of, artifact, request, upload, wait_for_runtime

pytestmark = pytest.mark.vm

NOTE = "/mnt/workspace/note"
STORAGE = [{"sessionStorage": {"mountPath": "/mnt/workspace"}}]


@pytest.fixture(scope="module")
def keeper(server):
    agent = Agent.deploy("keeper", archive_of(AGENTS / "probe"), filesystemConfigurations=STORAGE)
    yield agent
    agent.delete()


def write(session, text):
    assert session.ask({"do": "write", "path": NOTE, "text": text}) == {}


def read(session):
    return session.ask({"do": "read", "path": NOTE})["text"]


def test_files_survive_the_session_and_memory_does_not(keeper, control):
    shown = control.get_agent_runtime(agentRuntimeId=keeper.id)
    assert shown["filesystemConfigurations"] == STORAGE
    session = keeper.session()
    write(session, "of the first life")
    assert session.ask({})["turn"] == 2
    before = session.ask({"do": "look"})["boot_id"]
    session.stop()
    assert read(session) == "of the first life"
    assert session.ask({})["turn"] == 2
    assert session.ask({"do": "look"})["boot_id"] != before
    other = keeper.session()
    assert read(other) is None
    session.stop()
    other.stop()


def test_a_crash_of_the_agent_takes_no_files_along(keeper):
    session = keeper.session()
    write(session, "of before the crash")
    with pytest.raises(session.client.exceptions.RuntimeClientError):
        session.ask({"do": "exit", "code": 3})
    assert read(session) == "of before the crash"
    session.stop()


def test_a_suspended_session_goes_on_with_its_files(server, keeper):
    session = keeper.session()
    write(session, "of before the night")
    server.freehold("sessions", "suspend", session.id)
    assert read(session) == "of before the night"
    assert session.ask({})["turn"] == 3, "it is the same machine"
    write(session, "of the morning")
    server.freehold("sessions", "suspend", session.id)
    session.stop()
    assert read(session) == "of the morning"
    assert session.ask({})["turn"] == 2, "it is another machine"
    session.stop()


def test_a_checkpoint_keeps_files_and_memory_of_one_moment(server, keeper):
    session, fork = keeper.session(), keeper.session()
    write(session, "then")
    ours.checkpoint(server, session, "then")
    write(session, "now")
    ours.fork(server, session, "then", fork)
    assert (read(fork), fork.ask({})["turn"]) == ("then", 3), "it has written once, read once"
    assert (read(session), session.ask({})["turn"]) == ("now", 4)
    write(fork, "elsewhere")
    assert (read(session), read(fork)) == ("now", "elsewhere")
    ours.rewind(server, session, "then")
    assert (read(session), session.ask({})["turn"]) == ("then", 3)
    assert read(fork) == "elsewhere"
    for of, text in [(session, "then"), (fork, "elsewhere")]:
        of.stop()
        assert (read(of), of.ask({})["turn"]) == (text, 2), "the files stay, the memory does not"
        of.stop()
    ours.rewind(server, session, "then")
    session.stop()
    assert read(session) == "then", "it was not even resumed"
    session.stop()
    ours.call(server, "DELETE", f"{ours.place(session)}/checkpoints/then")
    asleep = [other for other in ours.sessions(server).values() if other["state"] == "SUSPENDED"]
    snapshots = list((server.data / "sandboxes/snapshots").iterdir())
    assert len(snapshots) == len(asleep), "what is left belongs to sessions of other tests"
    assert list((server.data / "sandboxes/storages").iterdir()) == []


def test_another_version_begins_with_nothing(server, control):
    agent = Agent.deploy("keeper_updated", archive_of(AGENTS / "probe"), filesystemConfigurations=STORAGE)
    session = agent.session()
    write(session, "of version 1")
    session.stop()
    control.update_agent_runtime(
        agentRuntimeId=agent.id,
        agentRuntimeArtifact=artifact("keeper_updated.zip"),
        networkConfiguration={"networkMode": "PUBLIC"},
        roleArn=ROLE,
        filesystemConfigurations=STORAGE,
    )
    assert wait_for_runtime(control, agent.id)["status"] == "READY"
    assert read(session) is None
    agent.delete()


def test_what_is_not_there_is_refused(server, control):
    upload(archive_of(AGENTS / "probe"), "refused.zip")
    arn = "arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0123456789abcdef0"
    other = {"efsAccessPoint": {"accessPointArn": arn, "mountPath": "/mnt/efs"}}
    for systems, status in [([other], 501), (STORAGE + STORAGE, 400)]:
        with pytest.raises(control.exceptions.ClientError) as refused:
            control.create_agent_runtime(**request("refused", "refused.zip", filesystemConfigurations=systems))
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
