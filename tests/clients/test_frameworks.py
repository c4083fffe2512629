"""Frameworks that think with Bedrock, unchanged, and an agent that does so from inside its machine."""

import json
import shutil
import sys
import time

import boto3
import pytest

import ours
from servers import ROOT, Agent, Server

sys.path.insert(0, str(ROOT / "examples"))
from pack import pack  # noqa: E402

EXAMPLE = ROOT / "examples/ask-a-model"
MODEL = "global.anthropic.claude-sonnet-4-6"
ALIASES = f"""
[aliases."{MODEL}"]
targets = [{{ provider = "scripted", model = "weather" }}]
"""
QUESTION = "What is the weather in Ulm?"


@pytest.fixture(scope="module")
def thinking(tmp_path_factory):
    """A server with the example's models, and with the name that frameworks use unless told otherwise."""
    with Server(tmp_path_factory.mktemp("thinking")).running() as server:
        shutil.copy(EXAMPLE / "script.toml", server.data)
        models = (EXAMPLE / "models.toml").read_text() + ALIASES
        (server.data / "models.toml").write_text(models)
        yield server


def weather_of(city):
    return {"city": city, "degrees": 3 * len(city)}


def test_a_strands_agent_uses_its_tool(thinking):
    from strands import Agent as StrandsAgent
    from strands import tool

    @tool
    def weather(city: str) -> dict:
        """The weather in a city."""
        return weather_of(city)

    pieces = []
    agent = StrandsAgent(tools=[weather], callback_handler=lambda **event: pieces.append(event.get("data")))
    answer = agent(QUESTION)
    assert str(answer).strip() == "It is 9 degrees."
    # What the model says arrives in the pieces in which it says it.
    assert [piece for piece in pieces if piece] == ["Let me ", "look.", "It is ", "9", " degrees."]
    assert answer.stop_reason == "end_turn"
    assert answer.metrics.accumulated_usage["outputTokens"] > 0


def test_a_langgraph_agent_uses_its_tool(thinking):
    from langchain.agents import create_agent
    from langchain_aws import ChatBedrockConverse
    from langchain_core.tools import tool

    @tool
    def weather(city: str) -> dict:
        """The weather in a city."""
        return weather_of(city)

    agent = create_agent(ChatBedrockConverse(model=MODEL), tools=[weather])
    said = []
    question = {"messages": [{"role": "user", "content": QUESTION}]}
    for chunk, about in agent.stream(question, stream_mode="messages"):
        if about["langgraph_node"] == "model":
            said.extend(block["text"] for block in chunk.content if isinstance(block, dict) and "text" in block)
    assert said == ["Let me ", "look.", "It is ", "9", " degrees."]


def test_a_program_with_boto3_streams(thinking):
    bedrock = boto3.client("bedrock-runtime")
    tools = [{"toolSpec": {"name": "weather", "inputSchema": {"json": {"type": "object"}}}}]
    messages = [{"role": "user", "content": [{"text": QUESTION}]}]
    events = list(bedrock.converse_stream(modelId=MODEL, messages=messages, toolConfig={"tools": tools})["stream"])
    deltas = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]
    assert [delta["text"] for delta in deltas if "text" in delta] == ["Let me ", "look."]
    (wish,) = [json.loads(delta["toolUse"]["input"]) for delta in deltas if "toolUse" in delta]
    assert wish == {"city": "Ulm"}
    (stop,) = [event["messageStop"] for event in events if "messageStop" in event]
    assert stop["stopReason"] == "tool_use"


@pytest.mark.vm
def test_an_agent_asks_a_model_from_inside_its_machine(thinking, tmp_path):
    """It knows no address and no key; and what it was told it still knows after it was suspended."""
    pack(EXAMPLE, tmp_path / "agent.zip")
    agent = Agent.deploy("asking", (tmp_path / "agent.zip").read_bytes())
    session = agent.session()
    assert streamed(session, QUESTION) == ["Let me ", "look.", "It is ", "9", " degrees."]
    thinking.freehold("sessions", "suspend", session.id)
    # Its connections were closed when it was frozen, and it makes new ones.
    assert streamed(session, "Hello?") == ["Ask me about the weather in a city."]
    assert calls_of(thinking, session, 3) == 3
    agent.delete()


def calls_of(server, session, wanted):
    """Calls accounted to the session, once there are so many: records are written in batches."""
    deadline = time.monotonic() + 20
    while True:
        lines = ours.call(server, "GET", "models/usage?by=session")["lines"]
        calls = sum(line["calls"] for line in lines if line.get("session") == session.id)
        if calls >= wanted or time.monotonic() > deadline:
            return calls
        time.sleep(0.1)


def streamed(session, prompt):
    answer = session.invoke({"prompt": prompt})
    lines = [line for line in answer["response"].iter_lines() if line]
    return [json.loads(line.removeprefix(b"data: ")) for line in lines]
