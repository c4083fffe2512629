"""Long-term memory that somebody writes directly: records in namespaces, and how they are found, with boto3."""

import pytest

from ours import call
from remembering import START, Memory, condition, wait_for
from servers import client
from test_memory import refused, semantic

BIRDS = [
    ("The heron stands still in the pond and waits for fish.", "/birds/water"),
    ("A kestrel hovers above the field.", "/birds/field"),
    ("Swifts sleep while they fly.", "/birds/air"),
]


@pytest.fixture(scope="module")
def memory(server):
    made = Memory.create(
        semantic("facts", namespaceTemplates=["/facts/{actorId}"]),
        indexedKeys=[
            {"key": "topic", "type": "STRING"},
            {"key": "tags", "type": "STRINGLIST"},
            {"key": "priority", "type": "NUMBER"},
        ],
    )
    yield made
    made.delete()


@pytest.fixture(scope="module")
def birds(memory):
    return memory.write(*BIRDS)


def test_a_written_record_is_shown_and_found(memory, birds):
    heron = birds[0]
    assert heron.startswith("mem-") and 40 <= len(heron) <= 50
    shown = memory.data.get_memory_record(memoryId=memory.id, memoryRecordId=heron)["memoryRecord"]
    assert shown["content"]["text"] == BIRDS[0][0]
    assert shown["namespaces"] == ["/birds/water"] and shown["createdAt"]
    found = wait_for("the heron", lambda: memory.find("heron fish pond", namespace="/birds/water"))
    assert [row["memoryRecordId"] for row in found] == [heron]
    assert 0 < found[0]["score"] <= 1 and found[0]["timestamp"] == START
    mode = found[0]["metadata"]["x-freehold-search-mode"]["stringValue"]
    assert mode == "lexical", "no embedder is configured here"


def test_a_namespace_is_exact_and_a_path_is_all_below(memory, birds):
    memory.write(("A heron of another zoo.", "/birdsong/heron"), ("A heron above all.", "/birds"))

    def places(**place):
        return sorted(row["namespaces"][0] for row in memory.records(**place))

    everywhere = ["/birds", "/birds/air", "/birds/field", "/birds/water"]
    assert places(namespacePath="/birds") == places(namespacePath="/birds/") == everywhere
    assert places(namespace="/birds") == ["/birds"]
    assert places(namespace="/bird") == places(namespacePath="/bird") == []
    assert places(namespace="/birds/*") == [], "a star is no wildcard"
    found = wait_for(
        "all herons", lambda: len(rows := memory.find("heron", namespacePath="/birds")) == 2 and rows
    )
    assert {row["namespaces"][0] for row in found} == {"/birds", "/birds/water"}
    refused(lambda: memory.find("heron"), "ValidationException")
    refused(lambda: memory.find("heron", namespace="/birds", namespacePath="/birds"), "ValidationException")


def test_pages_and_the_best_few(memory):
    memory.write(*[(f"Number {n} of the long list of larks.", "/larks") for n in range(25)])
    wait_for("all larks", lambda: len(memory.find("larks", top=100, namespace="/larks")) >= 20)
    assert len(memory.records(namespace="/larks", PaginationConfig={"PageSize": 10})) == 25
    pages = memory.data.get_paginator("retrieve_memory_records").paginate(
        memoryId=memory.id,
        namespace="/larks",
        searchCriteria={"searchQuery": "larks", "topK": 25},
        PaginationConfig={"PageSize": 10},
    )
    found = [row for page in pages for row in page["memoryRecordSummaries"]]
    assert len({row["memoryRecordId"] for row in found}) == 25
    scores = [row["score"] for row in found]
    assert scores == sorted(scores, reverse=True)
    assert len(memory.find("larks", top=3, namespace="/larks")) == 3
    data = client("bedrock-agentcore", parameter_validation=False)
    for wrong in (0, 101):
        asked = {"memoryId": memory.id, "namespace": "/larks"}
        asked["searchCriteria"] = {"searchQuery": "larks", "topK": wrong}
        refused(lambda asked=asked: data.retrieve_memory_records(**asked), "ValidationException")


def test_part_of_a_batch_may_fail(memory):
    rows = [
        memory.record(0, "Good.", "/batch"),
        memory.record(1, "Of no strategy.", "/batch", strategy="nothing-0123456789"),
        memory.record(2, "Good, too.", "/batch"),
    ]
    answer = memory.data.batch_create_memory_records(memoryId=memory.id, records=rows)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert [row["requestIdentifier"] for row in answer["successfulRecords"]] == ["r0", "r2"]
    (failed,) = answer["failedRecords"]
    assert (failed["requestIdentifier"], failed["status"]) == ("r1", "FAILED")
    assert failed["errorMessage"] and isinstance(failed["errorCode"], int)
    known = answer["successfulRecords"][0]["memoryRecordId"]
    unknown = "mem-" + "0" * 40
    changes = [
        {
            "memoryRecordId": which,
            "timestamp": START,
            "content": {"text": "Better."},
            "namespaces": ["/batch/better"],
        }
        for which in (known, unknown)
    ]
    answer = memory.data.batch_update_memory_records(memoryId=memory.id, records=changes)
    assert [row["memoryRecordId"] for row in answer["successfulRecords"]] == [known]
    assert [row["memoryRecordId"] for row in answer["failedRecords"]] == [unknown]
    wait_for("the better one", lambda: memory.find("better", namespace="/batch/better"))
    assert memory.find("good", namespace="/batch/better") == []
    gone = memory.data.batch_delete_memory_records(
        memoryId=memory.id, records=[{"memoryRecordId": known}, {"memoryRecordId": unknown}]
    )
    assert [row["memoryRecordId"] for row in gone["successfulRecords"]] == [known]
    assert [row["memoryRecordId"] for row in gone["failedRecords"]] == [unknown]
    refused(
        lambda: memory.data.get_memory_record(memoryId=memory.id, memoryRecordId=known),
        "ResourceNotFoundException",
    )


def test_what_a_schema_does_not_allow_is_not_written(server):
    schema = [
        {
            "key": "mood",
            "type": "STRING",
            "extractionConfig": {
                "llmExtractionConfig": {
                    "definition": "How somebody feels.",
                    "validation": {"stringValidation": {"allowedValues": ["calm", "glad"]}},
                }
            },
        },
        {"key": "level", "type": "NUMBER"},
    ]
    memory = Memory.create(semantic("moods", memoryRecordSchema={"metadataSchema": schema}))
    strategy = memory.strategies["moods"]

    def record(name, **metadata):
        return {
            "requestIdentifier": name,
            "namespaces": ["/moods"],
            "content": {"text": name},
            "timestamp": START,
            "memoryStrategyId": strategy,
            "metadata": metadata,
        }

    answer = memory.data.batch_create_memory_records(
        memoryId=memory.id,
        records=[
            record("good", mood={"stringValue": "glad"}, level={"numberValue": 3}, other={"stringValue": "dropped"}),
            record("angry", mood={"stringValue": "angry"}),
            record("typed", level={"stringValue": "3"}),
        ],
    )
    (good,) = answer["successfulRecords"]
    shown = memory.data.get_memory_record(memoryId=memory.id, memoryRecordId=good["memoryRecordId"])["memoryRecord"]
    assert shown["metadata"]["mood"] == {"stringValue": "glad"} and "other" not in shown["metadata"]
    said = {row["requestIdentifier"]: (row["errorCode"], row["errorMessage"]) for row in answer["failedRecords"]}
    assert said == {
        "angry": (400, "metadata.mood: must be one of calm, glad"),
        "typed": (400, "metadata.level: the strategy's schema wants a numberValue, and this is a stringValue"),
    }
    change = {
        "memoryRecordId": good["memoryRecordId"],
        "timestamp": START,
        "memoryStrategyId": strategy,
        "metadata": {"mood": {"stringValue": "sad"}},
    }
    answer = memory.data.batch_update_memory_records(memoryId=memory.id, records=[change])
    assert [row["errorCode"] for row in answer["failedRecords"]] == [400]
    memory.delete()


def test_one_record_can_be_removed(memory):
    (record,) = memory.write(("Gone soon.", "/gone"))
    wait_for("it", lambda: memory.find("gone", namespace="/gone"))
    removed = memory.data.delete_memory_record(memoryId=memory.id, memoryRecordId=record)
    assert removed["memoryRecordId"] == record
    assert memory.records(namespace="/gone") == []
    assert memory.find("gone", namespace="/gone") == [], "a removed record is never found"
    refused(
        lambda: memory.data.delete_memory_record(memoryId=memory.id, memoryRecordId=record),
        "ResourceNotFoundException",
    )


def test_metadata_narrows_before_the_best_are_chosen(memory):
    plain = [(f"An owl, number {n}.", "/owls", {"topic": {"stringValue": "day"}}) for n in range(12)]
    special = {
        "topic": {"stringValue": "night"},
        "tags": {"stringListValue": ["grey", "small"]},
        "priority": {"numberValue": 3},
    }
    memory.write(*plain, ("Something else, with one owl.", "/owls", special))
    wait_for("all owls", lambda: len(memory.find("owl", top=20, namespace="/owls")) == 13)

    def found(*conditions):
        rows = memory.find("owl", top=1, filters=list(conditions), namespace="/owls")
        return [row["content"]["text"] for row in rows]

    only = ["Something else, with one owl."]
    for matching in (
        condition("topic", "EQUALS_TO", "stringValue", "night"),
        condition("tags", "CONTAINS", "stringValue", "grey"),
        condition("tags", "EXISTS"),
        condition("priority", "GREATER_THAN", "numberValue", 2.5),
        condition("priority", "LESS_THAN_OR_EQUALS", "numberValue", 3),
    ):
        assert found(matching) == only, matching
        listed = memory.records(namespace="/owls", metadataFilters=[matching])
        assert [row["content"]["text"] for row in listed] == only, matching
    assert found(condition("priority", "GREATER_THAN", "numberValue", 3)) == []
    both = [condition("topic", "EQUALS_TO", "stringValue", "day"), condition("tags", "EXISTS")]
    assert found(*both) == []
    created = condition("x-amz-agentcore-memory-createdAt", "AFTER", "dateTimeValue", START)
    assert len(memory.find("owl", top=20, filters=[created], namespace="/owls")) == 13
    at = "searchCriteria.metadataFilters[0].left.metadataKey"
    refused(lambda: found(condition("colour", "EXISTS")), "ValidationException", "colour", at)
    refused(lambda: found(condition("topic", "GREATER_THAN", "numberValue", 1)), "ValidationException")
    refused(lambda: found(*[condition("topic", "EXISTS")] * 6), "ValidationException")


def test_a_record_of_a_strategy_is_listed_with_it(memory):
    facts = memory.strategies["facts"]
    memory.write(("Anna has a canary.", "/facts/anna", None, facts), ("Bert has a dog.", "/facts/anna"))
    (row,) = memory.records(namespace="/facts/anna", memoryStrategyId=facts)
    assert (row["content"]["text"], row["memoryStrategyId"]) == ("Anna has a canary.", facts)


def test_records_can_end(memory):
    (record,) = memory.write(
        ("For a month.", "/ending"), recordExpirySpecification={"recordExpiryDurationDays": 31}
    )

    def ends():
        shown = memory.data.get_memory_record(memoryId=memory.id, memoryRecordId=record)["memoryRecord"]
        return (shown["expiresAt"] - shown["createdAt"]).days if "expiresAt" in shown else None

    assert ends() == 31
    change = {"memoryRecordId": record, "timestamp": START}
    memory.data.batch_update_memory_records(
        memoryId=memory.id, records=[change], recordExpirySpecification={"action": "REMOVE"}
    )
    assert ends() is None
    data = client("bedrock-agentcore", parameter_validation=False)
    wanted = {"memoryId": memory.id, "records": [memory.record(0, "Too short.", "/ending")]}
    wanted["recordExpirySpecification"] = {"recordExpiryDurationDays": 30}
    refused(lambda: data.batch_create_memory_records(**wanted), "ValidationException")


def test_where_a_record_comes_from_is_told(server, memory, birds):
    """An extension of ours."""
    shown = call(server, "GET", f"memories/{memory.id}/records/{birds[0]}")
    assert shown["origin"]["from"] == "written" and shown["text"] == BIRDS[0][0]
