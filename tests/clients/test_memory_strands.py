"""Strands' session manager for AgentCore Memory, and its memory store, unchanged."""

import asyncio
import shutil

import pytest
from bedrock_agentcore.memory.integrations.strands.config import AgentCoreMemoryConfig, RetrievalConfig
from bedrock_agentcore.memory.integrations.strands.session_manager import AgentCoreMemorySessionManager

from remembering import Memory, wait_for
from servers import Server
from test_frameworks import ALIASES, EXAMPLE, QUESTION, weather_of


@pytest.fixture(scope="module")
def thinking(tmp_path_factory):
    """A server with the models of the example that asks about the weather."""
    with Server(tmp_path_factory.mktemp("strands")).running() as server:
        shutil.copy(EXAMPLE / "script.toml", server.data)
        (server.data / "models.toml").write_text((EXAMPLE / "models.toml").read_text() + ALIASES)
        yield server


@pytest.fixture(scope="module")
def memory(thinking):
    return Memory.create({"semanticMemoryStrategy": {"name": "facts", "namespaceTemplates": ["/facts/{actorId}/"]}})


def agent(memory, session, **more):
    """An agent as a process makes it that has just started."""
    from strands import Agent, tool

    @tool
    def weather(city: str) -> dict:
        """The weather in a city."""
        return weather_of(city)

    config = AgentCoreMemoryConfig(memory_id=memory.id, session_id=session, actor_id="anna", **more)
    manager = AgentCoreMemorySessionManager(config)
    made = Agent(agent_id="forecaster", tools=[weather], session_manager=manager, callback_handler=None)
    return made, manager


def words(message):
    return [block["text"] for block in message["content"] if "text" in block]


def test_a_conversation_goes_on_in_another_process(memory):
    first, _ = agent(memory, "continued")
    assert str(first(QUESTION)).strip() == "It is 9 degrees."
    again, _ = agent(memory, "continued")
    assert [message["role"] for message in again.messages] == ["user", "assistant", "user", "assistant"]
    assert words(again.messages[0]) == [QUESTION]
    assert again.messages == first.messages, "tools' wishes and results come back, too"
    again("Hello?")
    once_more, _ = agent(memory, "continued")
    assert words(once_more.messages[-1]) == ["Ask me about the weather in a city."]
    other, _ = agent(memory, "other")
    assert other.messages == []


def test_messages_sent_in_batches_keep_their_order(memory):
    first, manager = agent(memory, "batched", batch_size=10)
    first(QUESTION)
    manager.close()
    again, _ = agent(memory, "batched")
    assert again.messages == first.messages


def test_an_agents_own_state_comes_back(memory):
    first, _ = agent(memory, "state")
    first.state.set("city", "Ulm")
    first("Hello?")
    again, _ = agent(memory, "state")
    assert again.state.get("city") == "Ulm"


def test_what_is_remembered_reaches_the_model(memory):
    memory.write(("Anna asks about the weather in Ulm.", "/facts/anna/"))
    wait_for("the fact", lambda: memory.find("weather", namespacePath="/facts/anna/"))
    wanted = {"/facts/{actorId}/": RetrievalConfig(top_k=3, relevance_score=0.2)}
    first, _ = agent(memory, "context", retrieval_config=wanted)
    first("What about the weather?")
    assert words(first.messages[0])[0] == "<user_context>Anna asks about the weather in Ulm.</user_context>"


def test_a_memory_store_searches_and_writes(memory):
    from bedrock_agentcore.memory.integrations.strands.memorystore import AgentCoreMemoryStore

    memory.write(("Anna owns a barometer.", "/facts/anna/"))
    wait_for("the fact", lambda: memory.find("barometer", namespacePath="/facts/anna/"))
    store = AgentCoreMemoryStore(
        memory_id=memory.id,
        actor_id="anna",
        session_id="stored",
        namespace="/facts/{actorId}/",
        min_score=0.2,
        writable=True,
    )
    (found, *_) = asyncio.run(store.search("barometer"))
    assert found.content == "Anna owns a barometer."
    messages = [{"role": "user", "content": [{"text": "I like it dry."}]}]
    asyncio.run(store.add_messages(messages))
    (event,) = memory.events("anna", "stored")
    assert event["payload"][0]["conversational"]["content"]["text"] == "I like it dry."

