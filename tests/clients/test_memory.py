"""Memories as resources: made, shown, changed, removed, with boto3."""

import pytest
from botocore.exceptions import ClientError

from remembering import Memory, fresh, wait_for
from servers import client

ROLE = "arn:aws:iam::000000000000:role/memory"


def refused(call, code, *words):
    """The call is refused with this error; its answer."""
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    assert answer["Error"]["Code"] == code, answer
    for word in words:
        assert word in answer["Error"]["Message"], answer
    return answer


def semantic(name="facts", **more):
    return {"semanticMemoryStrategy": {"name": name} | more}


def test_a_memory_is_made_shown_listed_and_removed(server, control, data):
    name = fresh()
    created = control.create_memory(
        name=name, description="What users say.", eventExpiryDuration=30, tags={"team": "blue"}
    )
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 202
    memory = created["memory"]
    assert memory["id"].startswith(f"{name}-") and len(memory["id"]) == len(name) + 11
    assert memory["arn"].endswith(f":memory/{memory['id']}")
    assert memory["status"] in ("CREATING", "ACTIVE")
    control.get_waiter("memory_created").wait(memoryId=memory["id"])
    shown = control.get_memory(memoryId=memory["id"])["memory"]
    assert (shown["status"], shown["name"], shown["eventExpiryDuration"]) == ("ACTIVE", name, 30)
    assert shown["description"] == "What users say." and shown["strategies"] == []
    assert data.list_actors(memoryId=memory["arn"])["actorSummaries"] == [], "the data plane takes an ARN, too"
    pages = control.get_paginator("list_memories").paginate(PaginationConfig={"PageSize": 2})
    assert memory["id"] in [row["id"] for page in pages for row in page["memories"]]
    assert control.list_tags_for_resource(resourceArn=memory["arn"])["tags"] == {"team": "blue"}
    removed = control.delete_memory(memoryId=memory["id"])
    assert (removed["memoryId"], removed["status"]) == (memory["id"], "DELETING")
    wait_for("the memory's end", lambda: is_gone(control, memory["id"]))
    refused(lambda: control.delete_memory(memoryId=memory["id"]), "ResourceNotFoundException")


def is_gone(control, memory):
    try:
        control.get_memory(memoryId=memory)
        return False
    except control.exceptions.ResourceNotFoundException:
        return True


def test_a_name_is_given_once(server, control):
    memory = Memory.create()
    name = memory.id.rsplit("-", 1)[0]
    # The official SDK's create_or_get_memory reads these two words.
    refused(lambda: control.create_memory(name=name, eventExpiryDuration=30), "ValidationException", "already exists")
    memory.delete()


def test_a_client_token_makes_one_memory(server, control):
    name, token = fresh(), "t" * 40
    wanted = {"name": name, "eventExpiryDuration": 7, "clientToken": f"{name}{token}"}
    first, again = [control.create_memory(**wanted)["memory"]["id"] for _ in range(2)]
    assert first == again
    control.delete_memory(memoryId=first)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "1st"},
        {"name": "has-hyphen"},
        {"name": "x" * 49},
        {"eventExpiryDuration": 2},
        {"eventExpiryDuration": 3651},
        {"memoryStrategies": [semantic("a"), semantic("a")]},
        {"memoryStrategies": [semantic(namespaceTemplates=["/{unknown}"])]},
        {"memoryStrategies": [semantic(namespaceTemplates=["/a b"])]},
        {"indexedKeys": [{"key": f"k{number}", "type": "STRING"} for number in range(11)]},
        {"indexedKeys": [{"key": "k", "type": "STRING"}, {"key": "k", "type": "NUMBER"}]},
    ],
    ids=lambda wrong: "-".join(wrong),
)
def test_what_breaks_a_rule_makes_no_memory(server, wrong):
    control = client("bedrock-agentcore-control", parameter_validation=False)
    wanted = {"name": fresh(), "eventExpiryDuration": 30} | wrong
    error = refused(lambda: control.create_memory(**wanted), "ValidationException")
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert wanted["name"] not in [row["id"].rsplit("-", 1)[0] for row in control.list_memories()["memories"]]


def test_a_memory_has_at_most_six_strategies(server, control):
    def made(count):
        strategies = [semantic(f"s{number}") for number in range(count)]
        return control.create_memory(name=fresh(), eventExpiryDuration=30, memoryStrategies=strategies)["memory"]

    refused(lambda: made(7), "ServiceQuotaExceededException")
    memory = made(6)["id"]
    more = {"addMemoryStrategies": [semantic("more")]}

    def one_more():
        control.update_memory(memoryId=memory, memoryStrategies=more)

    error = refused(one_more, "ServiceQuotaExceededException", "at most 6 strategies")
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 402
    control.delete_memory(memoryId=memory)


def test_every_kind_of_strategy_is_told_as_it_was_given(server, control):
    model = {"appendToPrompt": "Only what is about birds.", "modelId": "default"}
    episodes = "/episodes/{actorId}/{sessionId}"
    memory = Memory.create(
        semantic("facts", namespaceTemplates=["/facts/{actorId}"]),
        {"summaryMemoryStrategy": {"name": "sums", "namespaceTemplates": ["/sums/{actorId}/{sessionId}"]}},
        {"userPreferenceMemoryStrategy": {"name": "likes", "namespaces": ["/likes/{actorId}"]}},
        {
            "episodicMemoryStrategy": {
                "name": "deeds",
                "namespaceTemplates": [episodes],
                "reflectionConfiguration": {"namespaceTemplates": ["/episodes/{actorId}"]},
            }
        },
        {
            "customMemoryStrategy": {
                "name": "birds",
                "namespaceTemplates": ["/birds/{actorId}"],
                "configuration": {"semanticOverride": {"extraction": model, "consolidation": model}},
            }
        },
        memoryExecutionRoleArn=ROLE,
    )
    shown = control.get_memory(memoryId=memory.id)["memory"]["strategies"]
    assert [(row["name"], row["type"], row["status"]) for row in shown] == [
        ("facts", "SEMANTIC", "ACTIVE"),
        ("sums", "SUMMARIZATION", "ACTIVE"),
        ("likes", "USER_PREFERENCE", "ACTIVE"),
        ("deeds", "EPISODIC", "ACTIVE"),
        ("birds", "CUSTOM", "ACTIVE"),
    ]
    for row in shown:
        assert row["namespaces"] == row["namespaceTemplates"], "old clients read the old name"
    assert shown[2]["namespaceTemplates"] == ["/likes/{actorId}"]
    reflection = shown[3]["configuration"]["reflection"]["episodicReflectionConfiguration"]
    assert reflection["namespaceTemplates"] == ["/episodes/{actorId}"]
    override = shown[4]["configuration"]
    assert override["type"] == "SEMANTIC_OVERRIDE"
    asked = override["extraction"]["customExtractionConfiguration"]["semanticExtractionOverride"]
    assert asked == model
    memory.delete()


def test_reflections_belong_above_their_episodes(server, control):
    wrong = {
        "name": "deeds",
        "namespaceTemplates": ["/episodes/{actorId}"],
        "reflectionConfiguration": {"namespaceTemplates": ["/elsewhere/{actorId}"]},
    }
    wanted = {
        "name": fresh(),
        "eventExpiryDuration": 30,
        "memoryStrategies": [{"episodicMemoryStrategy": wrong}],
    }
    refused(lambda: control.create_memory(**wanted), "ValidationException")


def test_a_memory_is_changed_by_what_is_said_only(server, control):
    memory = Memory.create(semantic("facts"), indexedKeys=[{"key": "topic", "type": "STRING"}])
    facts = memory.strategies["facts"]
    likes = {"userPreferenceMemoryStrategy": {"name": "likes"}}
    changed = control.update_memory(
        memoryId=memory.id,
        description="New.",
        eventExpiryDuration=60,
        addIndexedKeys=[{"key": "priority", "type": "NUMBER"}],
        memoryStrategies={
            "addMemoryStrategies": [likes],
            "modifyMemoryStrategies": [{"memoryStrategyId": facts, "description": "Facts."}],
        },
    )
    assert changed["ResponseMetadata"]["HTTPStatusCode"] == 202
    shown = active(control, memory.id)
    assert (shown["description"], shown["eventExpiryDuration"]) == ("New.", 60)
    assert [row["name"] for row in shown["strategies"]] == ["facts", "likes"]
    assert shown["strategies"][0]["description"] == "Facts."
    assert {row["key"] for row in shown["indexedKeys"]} == {"topic", "priority"}
    gone = {"deleteMemoryStrategies": [{"memoryStrategyId": facts}]}
    control.update_memory(memoryId=memory.id, memoryStrategies=gone)
    shown = active(control, memory.id)
    assert [row["name"] for row in shown["strategies"]] == ["likes"]
    assert shown["description"] == "New.", "what is not said stays"
    unknown = {"deleteMemoryStrategies": [{"memoryStrategyId": "facts-0123456789"}]}
    with pytest.raises(ClientError) as caught:
        control.update_memory(memoryId=memory.id, memoryStrategies=unknown)
    assert caught.value.response["Error"]["Code"] in ("ValidationException", "ResourceNotFoundException")
    memory.delete()


def active(control, memory):
    """The memory once it and its strategies can be used."""

    def shown():
        found = control.get_memory(memoryId=memory)["memory"]
        states = {found["status"], *(row["status"] for row in found["strategies"])}
        return found if states == {"ACTIVE"} else None

    return wait_for("an active memory", shown)


def test_a_memory_that_is_not_there_is_not_found(server, control, data):
    unknown = "nobody-0123456789"
    refused(lambda: control.get_memory(memoryId=unknown), "ResourceNotFoundException", unknown)
    refused(lambda: control.update_memory(memoryId=unknown, description="x"), "ResourceNotFoundException")
    refused(
        lambda: data.list_events(memoryId=unknown, actorId="a", sessionId="s"), "ResourceNotFoundException"
    )
    refused(lambda: data.list_actors(memoryId=unknown), "ResourceNotFoundException")
    criteria = {"searchQuery": "anything"}
    refused(
        lambda: data.retrieve_memory_records(memoryId=unknown, namespace="/", searchCriteria=criteria),
        "ResourceNotFoundException",
    )
    refused(lambda: data.list_memory_extraction_jobs(memoryId=unknown), "ResourceNotFoundException")
