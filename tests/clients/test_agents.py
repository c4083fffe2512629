"""Agents from the examples, and one that does not start, in real microVMs."""

import json
import sys

import pytest
from botocore.exceptions import ClientError

from conftest import AGENTS
from servers import ROOT, Agent, archive, archive_of

sys.path.insert(0, str(ROOT / "examples"))
from pack import pack  # noqa: E402

pytestmark = pytest.mark.vm


@pytest.fixture(scope="module")
def hello(server, tmp_path_factory):
    """The agent that is written with the official SDK."""
    target = tmp_path_factory.mktemp("hello") / "hello.zip"
    pack(ROOT / "examples/hello", target)
    return Agent.deploy("hello", target.read_bytes())


@pytest.mark.parametrize("example", ["hello", "stdlib"])
def test_an_example_remembers_and_streams(example, request, server):
    agent = request.getfixturevalue("hello") if example == "hello" else stdlib()
    session, other = agent.session(), agent.session()
    first = {"session": session.id, "turn": 1, "remembered_before": None}
    assert session.ask({"remember": "42"}) == first
    assert session.ask({}) == {"session": session.id, "turn": 2, "remembered_before": "42"}
    assert other.ask({}) == {"session": other.id, "turn": 1, "remembered_before": None}
    answer = session.invoke({"stream": 3, "pause": 0.1})
    assert answer["contentType"].startswith("text/event-stream")
    events = [line for line in answer["response"].iter_lines() if line]
    assert [json.loads(event.removeprefix(b"data: "))["number"] for event in events] == [1, 2, 3]
    session.stop()
    other.stop()


def stdlib():
    return Agent.deploy("stdlib", archive_of(ROOT / "examples/stdlib"))


def test_an_agent_that_does_not_start_says_why(server):
    agent, shown = Agent.create("crash", archive_of(AGENTS / "crash"))
    assert shown["status"] == "CREATE_FAILED"
    assert "Traceback" in shown["failureReason"]
    assert "No module named 'a_module_that_was_not_packed'" in shown["failureReason"]
    with pytest.raises(ClientError) as refusal:
        agent.session().ask({})
    assert refusal.value.response["Error"]["Code"] == "RuntimeClientError"
    agent.delete()


def test_an_entry_point_that_is_not_there_is_named(server):
    agent, shown = Agent.create("empty", archive({"other.py": "print()"}))
    assert shown["status"] == "CREATE_FAILED"
    assert "main.py" in shown["failureReason"]
    agent.delete()


def test_an_archive_that_climbs_out_is_refused(server):
    agent, shown = Agent.create("climbing", archive({"main.py": "", "../../escaped": "x"}))
    assert shown["status"] == "CREATE_FAILED"
    assert "escaped" in shown["failureReason"]
    agent.delete()


def test_a_broken_archive_is_refused(server):
    agent, shown = Agent.create("broken", b"PK\x03\x04 but not for long")
    assert shown["status"] == "CREATE_FAILED"
    assert "archive" in shown["failureReason"]
    agent.delete()
