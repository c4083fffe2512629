"""The official SDK's clients of Memory, unchanged."""

import asyncio
from datetime import datetime, timezone

import pytest
from bedrock_agentcore.memory import MemoryClient, MemoryControlPlaneClient, MemorySessionManager
from bedrock_agentcore.memory.constants import BlobMessage, ConversationalMessage, MessageRole, RetrievalConfig
from bedrock_agentcore.memory.models import (
    EventMetadataFilter,
    LeftExpression,
    MemoryMetadataFilter,
    MemoryRecordLeftExpression,
    MemoryRecordOperatorType,
    MemoryRecordRightExpression,
    OperatorType,
    RightExpression,
)

from remembering import START, Memory, fresh, wait_for

USER, ASSISTANT = MessageRole.USER, MessageRole.ASSISTANT
FACTS = [{"semanticMemoryStrategy": {"name": "facts", "namespaceTemplates": ["/facts/{actorId}/"]}}]


@pytest.fixture(scope="module")
def client(server):
    return MemoryClient()


@pytest.fixture(scope="module")
def memory(client):
    """A memory as the SDK's users make it, which waits until it can be used."""
    made = client.create_memory_and_wait(
        fresh(), FACTS, poll_interval=1, indexed_keys=[{"key": "priority", "type": "NUMBER"}]
    )
    yield made
    client.delete_memory_and_wait(made["id"], poll_interval=1)


@pytest.fixture(scope="module")
def manager(memory):
    return MemorySessionManager(memory["id"])


def test_a_memory_is_made_or_found(client, memory):
    name = memory["id"].rsplit("-", 1)[0]
    found = client.create_or_get_memory(name, FACTS)
    assert found["id"] == memory["id"]
    assert memory["status"] == "ACTIVE" and memory["memoryId"] == memory["id"]
    assert memory["id"] in [row["memoryId"] for row in client.list_memories()]
    (facts,) = client.get_memory_strategies(memory["id"])
    assert facts["memoryStrategyId"] == facts["strategyId"] and facts["memoryStrategyType"] == "SEMANTIC"


def test_strategies_come_and_go(client):
    made = client.create_memory_and_wait(fresh(), [], poll_interval=1)
    client.add_summary_strategy_and_wait(made["id"], "sums", poll_interval=1)
    client.add_user_preference_strategy_and_wait(made["id"], "likes", poll_interval=1)
    client.add_episodic_strategy_and_wait(
        made["id"],
        "deeds",
        namespace_templates=["/deeds/{actorId}/{sessionId}"],
        reflection_namespace_templates=["/deeds/{actorId}"],
        poll_interval=1,
    )
    prompt = {"prompt": "Only birds.", "modelId": "default"}
    client.add_custom_semantic_strategy_and_wait(made["id"], "birds", prompt, prompt, poll_interval=1)
    found = {row["name"]: row for row in client.get_memory_strategies(made["id"])}
    assert {name: row["type"] for name, row in found.items()} == {
        "sums": "SUMMARIZATION",
        "likes": "USER_PREFERENCE",
        "deeds": "EPISODIC",
        "birds": "CUSTOM",
    }
    client.modify_strategy(made["id"], found["sums"]["strategyId"], description="Sums.")
    client.delete_strategy(made["id"], found["likes"]["strategyId"])
    left = wait_for(
        "one strategy less",
        lambda: len(rows := client.get_memory_strategies(made["id"])) == 3 and {row["name"]: row for row in rows},
    )
    assert left["sums"]["description"] == "Sums."
    client.delete_memory_and_wait(made["id"], poll_interval=1)


def test_the_control_plane_client_does_the_same(server):
    control = MemoryControlPlaneClient(region_name="us-east-1")
    made = control.create_memory(fresh(), strategies=FACTS, wait_for_active=True, poll_interval=1)
    shown = control.get_memory(made["id"])
    assert shown["status"] == "ACTIVE" and shown["strategyCount"] == 1
    control.add_strategy(
        made["id"],
        {"userPreferenceMemoryStrategy": {"name": "likes"}},
        wait_for_active=True,
        poll_interval=1,
    )
    likes = next(row for row in control.get_memory(made["id"])["strategies"] if row["name"] == "likes")
    control.update_strategy(made["id"], likes["strategyId"], description="Likes.", wait_for_active=True, poll_interval=1)
    assert control.get_strategy(made["id"], likes["strategyId"])["description"] == "Likes."
    control.remove_strategy(made["id"], likes["strategyId"], wait_for_active=True, poll_interval=1)
    control.delete_memory(made["id"], wait_for_deletion=True, wait_for_strategies=True, poll_interval=1)
    assert made["id"] not in [row["id"] for row in control.list_memories()]


def test_turns_are_read_from_the_last_one(client, memory):
    place = {"memory_id": memory["id"], "actor_id": "anna", "session_id": "turns"}
    for number in range(4):
        client.create_event(messages=[(f"question {number}", "USER"), (f"answer {number}", "ASSISTANT")], **place)
    turns = client.get_last_k_turns(k=2, **place)
    assert [[part["content"]["text"] for part in turn] for turn in turns] == [
        ["question 3", "answer 3"],
        ["question 2", "answer 2"],
    ]
    assert len(client.get_last_k_turns(k=10, **place)) == 4
    blob = client.create_blob_event(blob_data={"state": [1, 2]}, **place)
    assert client.list_events(max_results=1, **place)[0]["eventId"] == blob["eventId"]


def test_conversations_fork(client, memory):
    place = {"memory_id": memory["id"], "actor_id": "anna", "session_id": "fork"}
    first = client.create_event(messages=[("Weather?", "USER"), ("Sunny.", "ASSISTANT")], **place)
    client.create_event(messages=[("Tomorrow?", "USER"), ("Cold.", "ASSISTANT")], **place)
    client.fork_conversation(
        root_event_id=first["eventId"],
        branch_name="next-year",
        new_messages=[("Next year?", "USER"), ("Who knows.", "ASSISTANT")],
        **place,
    )
    branches = {row["name"]: row for row in client.list_branches(**place)}
    assert branches["main"]["eventCount"] == 2
    assert branches["next-year"]["rootEventId"] == first["eventId"]
    assert len(client.list_branch_events(**place)) == 2
    context = client.merge_branch_context(branch_name="next-year", include_parent=True, **place)
    assert [row["content"] for row in context] == ["Weather?", "Sunny.", "Next year?", "Who knows."]
    tree = client.get_conversation_tree(**place)
    assert len(tree["main_branch"]["events"]) == 2 and list(tree["main_branch"]["branches"]) == ["next-year"]
    turns = client.get_last_k_turns(branch_name="next-year", include_branches=True, k=5, **place)
    assert [turn[0]["content"]["text"] for turn in turns] == ["Next year?", "Weather?"]


def test_a_session_manager_keeps_a_conversation(manager, memory):
    session = manager.create_memory_session("bert", "managed")
    moment = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=timezone.utc)
    event = session.add_turns(
        [ConversationalMessage("Hello.", USER), BlobMessage({"n": 1}), ConversationalMessage("Hi.", ASSISTANT)],
        metadata={"place": {"stringValue": "Ulm"}},
        event_timestamp=moment,
    )
    assert event.eventTimestamp == moment, "milliseconds are kept"
    assert session.get_event(event.eventId).metadata == {"place": {"stringValue": "Ulm"}}
    in_ulm = EventMetadataFilter.build_expression(
        LeftExpression.build("place"), OperatorType.EQUALS_TO, RightExpression.build("Ulm")
    )
    assert [row.eventId for row in session.list_events(eventMetadata=[in_ulm])] == [event.eventId]
    session.fork_conversation([ConversationalMessage("Hey.", USER)], event.eventId, "loud")
    assert {row.name for row in session.list_branches()} == {"main", "loud"}
    (turn,) = session.get_last_k_turns(k=1, branch_name="loud", include_parent_branches=False)
    assert turn[0]["content"]["text"] == "Hey."
    assert "bert" in [row.actorId for row in manager.list_actors()]
    assert [row.sessionId for row in session.get_actor().list_sessions()] == ["managed"]
    session.delete_event(event.eventId)
    assert event.eventId not in [row.eventId for row in session.list_events()]


def test_a_turn_goes_through_a_model_with_what_is_remembered(client, manager, memory):
    own = Memory({"id": memory["id"], "arn": memory["arn"]})
    own.write(("Bert likes herons.", "/facts/bert/"))
    wait_for("the fact", lambda: own.find("herons", namespace="/facts/bert/"))
    found, answer, event = client.process_turn_with_llm(
        memory["id"],
        "bert",
        "llm",
        "Which birds? herons?",
        lambda text, memories: f"{len(memories)}: {memories[0]['content']['text']}",
        retrieval_namespace="/facts/bert/",
    )
    assert answer == "1: Bert likes herons." and len(found) == 1 and event["eventId"]

    async def llm(text, memories):
        return memories[0]["content"]["text"]

    wanted = {"/facts/{actorId}/": RetrievalConfig(top_k=3, relevance_score=0.2)}
    session = manager.create_memory_session("bert", "llm")
    _, answer, _ = asyncio.run(session.process_turn_with_llm_async("herons", llm, wanted))
    assert answer == "Bert likes herons.", "the score of a plain match is above the SDK's threshold"


def test_records_are_searched_listed_and_removed(client, manager, memory):
    own = Memory({"id": memory["id"], "arn": memory["arn"]})
    ids = own.write(
        ("Urgent: feed the owl.", "/tasks/anna/", {"priority": {"numberValue": 1}}),
        ("Some day: paint the owl house.", "/tasks/anna/", {"priority": {"numberValue": 9}}),
    )
    wait_for("both", lambda: len(own.find("owl", namespace="/tasks/anna/")) == 2)
    urgent = MemoryMetadataFilter.build_expression(
        MemoryRecordLeftExpression.build("priority"),
        MemoryRecordOperatorType.LESS_THAN,
        MemoryRecordRightExpression.build_number(5),
    )
    (found,) = client.retrieve_memories(
        memory["id"], namespace_path="/tasks", query="owl", metadata_filters=[urgent]
    )
    assert found["memoryRecordId"] == ids[0]
    assert client.retrieve_memories(memory["id"], namespace="/tasks/*", query="owl") == []
    session = manager.create_memory_session("anna", "records")
    found = session.search_long_term_memories("owl", namespace_path="/tasks/", metadata_filters=[urgent])
    assert [row.memoryRecordId for row in found] == [ids[0]]
    assert session.get_memory_record(ids[1]).content["text"].startswith("Some day")
    assert len(session.list_long_term_memory_records(namespace="/tasks/anna/")) == 2
    session.delete_memory_record(ids[0])
    gone = manager.delete_all_long_term_memories_in_namespace("/tasks/anna/")
    assert [row["memoryRecordId"] for row in gone["successfulRecords"]] == [ids[1]]


def test_boto3s_own_operations_are_passed_on(client, memory):
    answer = client.create_event(
        memory["id"], "carl", "skipped", [("Not to be learned from.", "USER")], START, extraction_mode="SKIP"
    )
    shown = client.get_event(memory_id=memory["id"], actor_id="carl", session_id="skipped", event_id=answer["eventId"])
    assert shown["event"]["eventTimestamp"] == START
    skipped = {"sessionId": "skipped"}
    assert client.list_memory_extraction_jobs(memoryId=memory["id"], filter=skipped)["jobs"] == []
    with pytest.raises(client.gmdp_client.exceptions.ResourceNotFoundException):
        client.start_memory_extraction_job(memoryId=memory["id"], extractionJob={"jobId": "none"})
