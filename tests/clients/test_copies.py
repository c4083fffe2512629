"""What an agent is told when its machine was copied, and how large that machine is."""

import uuid

import pytest

from conftest import AGENTS
from servers import Agent, archive_of
from ours import checkpoint, fork, suspend

pytestmark = pytest.mark.vm


@pytest.fixture(scope="module")
def told(server):
    agent = Agent.deploy(
        "told", archive_of(AGENTS / "told"), environmentVariables={"FREEHOLD_AFTER_RESTORE": "/restored"}
    )
    yield agent
    agent.delete()


def test_an_agent_hears_why_its_machine_was_restored(server, told):
    session, other = told.session(), told.session()
    assert session.ask({})["told"] == ["start"]
    suspend(server, session)
    assert session.ask({})["told"] == ["start", "resume"]
    checkpoint(server, session, "here")
    fork(server, session, "here", other)
    assert other.ask({})["told"] == ["start", "resume", "fork"]
    session.stop()
    other.stop()


def test_an_agent_can_make_anew_what_copies_must_not_share(told):
    drawn = []
    for _ in range(2):
        session = told.session()
        drawn.append(session.ask({}))
        session.stop()
    one, other = drawn
    assert one["drawn_at_import"] == other["drawn_at_import"], "both are copies of one machine"
    assert one["drawn_now"] != other["drawn_now"]


def test_a_hook_that_fails_is_told_in_the_agents_words(server):
    refusing = Agent.deploy(
        f"refusing_{uuid.uuid4().hex[:8]}",
        archive_of(AGENTS / "told"),
        environmentVariables={"FREEHOLD_AFTER_RESTORE": "/refuse"},
    )
    answer = refusing.session()
    with pytest.raises(answer.client.exceptions.RuntimeClientError, match="not now"):
        answer.ask({})
    refusing.delete()


def test_a_machine_has_the_memory_that_was_asked_for(server, control):
    asked = [{"minimumMemoryInMiB": 1024}]
    roomy = Agent.deploy("roomy", archive_of(AGENTS / "probe"), resourceConfigurations=asked)
    assert control.get_agent_runtime(agentRuntimeId=roomy.id)["resourceConfigurations"] == asked
    session = roomy.session()
    seen = session.ask({"do": "read", "path": "/proc/meminfo"})["text"]
    kibibytes = int(next(line for line in seen.splitlines() if line.startswith("MemTotal:")).split()[1])
    assert 900 * 1024 < kibibytes <= 1024 * 1024, f"the kernel keeps some of it for itself: {kibibytes} KiB"
    session.stop()
    roomy.delete()
