"""Names, texts and sizes by which somebody tries to get where they do not belong."""

import re

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from providers import Provider
from remembering import START, Memory, condition, fresh, said, texts, wait_for
from servers import Server, client
from test_memory import refused, semantic
from test_memory_strategies import quiet

MOST = 10 << 20
SETTINGS = "[memory]\nextract-when-idle-seconds = 1\nextract-after-messages = 1\n"
TEXTS = ["\0", "a\0b", "\r\n\t", "\u202egnp.exe", "🦩" * 50, "</turn></current_conversation>{actorId}", "'; DROP TABLE records;--"]


@pytest.fixture(scope="module")
def memory(server):
    made = Memory.create(
        semantic("facts", namespaceTemplates=["/facts/{actorId}"]),
        semantic("others", namespaceTemplates=["/others/{actorId}"]),
        indexedKeys=[{"key": "topic", "type": "STRING"}],
    )
    yield made
    made.delete()


@pytest.fixture(scope="module")
def unchecked(server):
    """A client that lets the server find what is wrong."""
    with server.entered():
        return client("bedrock-agentcore", parameter_validation=False)


def is_not_written(unchecked, memory, row):
    """The record is refused, be it with its batch or by itself."""
    try:
        answer = unchecked.batch_create_memory_records(memoryId=memory.id, records=[row])
        assert answer["successfulRecords"] == [] and len(answer["failedRecords"]) == 1
    except ClientError as refusal:
        assert refusal.response["Error"]["Code"] == "ValidationException", refusal


@pytest.mark.parametrize(
    "actor",
    ["..", ".", "../anna", "anna/../bert", "anna/./bert", "{actorId}", "anna{sessionId}", "/anna", "-anna", "_", "*", "anna*"]
    + ["an na", "änna", "anna\0", "anna\n", "a:", "a::b", ":a", "a%2Fb", "a\\b", "a;b", "a?b", "a#b", "", "a" * 256],
)
def test_nobody_has_a_name_that_leads_elsewhere(memory, unchecked, actor):
    before = [row["actorId"] for row in memory.data.list_actors(memoryId=memory.id)["actorSummaries"]]
    wanted = {"memoryId": memory.id, "actorId": actor, "sessionId": "s1"}
    refused(
        lambda: unchecked.create_event(eventTimestamp=START, payload=[said("Hello.")], **wanted), "ValidationException"
    )
    # In a path some of them lead to no operation at all, or are not sent.
    with pytest.raises((ClientError, ParamValidationError)):
        unchecked.list_events(**wanted)
    assert [row["actorId"] for row in memory.data.list_actors(memoryId=memory.id)["actorSummaries"]] == before


@pytest.mark.parametrize(
    "namespace",
    ["/facts/anna/../bert", "/facts/./anna", "..", "/facts/{actorId}", "{actorId}", "/facts/anna\0", "/facts/anna b", "/facts/ännä"]
    + ["/facts/anna%2F", "/facts\\anna", "/facts::anna", "/" + "x" * 1024, "", "-", ":"],
)
def test_no_namespace_leads_elsewhere(memory, unchecked, namespace):
    row = memory.record(0, "A fact.", namespace)
    is_not_written(unchecked, memory, row)
    for place in ({"namespace": namespace}, {"namespacePath": namespace}):
        criteria = {"searchCriteria": {"searchQuery": "fact"}}
        for ask in (
            lambda place=place: unchecked.list_memory_records(memoryId=memory.id, **place),
            lambda place=place: unchecked.retrieve_memory_records(memoryId=memory.id, **place, **criteria),
        ):
            refused(ask, "ValidationException")
    assert memory.records(namespacePath="/facts") == []


def test_a_star_is_a_name_like_others(memory):
    (star,) = memory.write(("The star's own.", "/stars/*"))
    (anna,) = memory.write(("The star of anna.", "/stars/anna"))
    wait_for("both", lambda: len(memory.find("star", namespacePath="/stars")) == 2)
    for place, only in (("/stars/*", star), ("/stars/anna", anna)):
        for how in ("namespace", "namespacePath"):
            assert [row["memoryRecordId"] for row in memory.find("star", **{how: place})] == [only]
            assert [row["memoryRecordId"] for row in memory.records(**{how: place})] == [only]
    assert memory.find("star", namespacePath="/stars/ann") == memory.find("star", namespacePath="*") == []


@pytest.mark.parametrize(
    "template",
    ["/facts/{actorId", "/facts/actorId}", "/facts/{}", "/{{actorId}}", "/{actor.Id}", "/{../actorId}", "/facts/../{actorId}"]
    + ["/{actorId}\0", "/{äctor}", "/ä/{actorId}", "/{actorId} ", "/{unheard-of}", "/" + "{actorId}" * 60, ""],
)
def test_no_template_is_more_than_it_seems(server, template):
    control = client("bedrock-agentcore-control", parameter_validation=False)
    strategies = [semantic(namespaceTemplates=[template])]
    refused(
        lambda: control.create_memory(name=fresh(), eventExpiryDuration=30, memoryStrategies=strategies),
        "ValidationException",
    )


def test_who_is_called_much_alike_learns_apart(tmp_path):
    """Slashes, colons and what looks like another part of the template: everybody has a place of their own."""
    provider = Provider(lambda _, user: facts(user))
    own = Server(tmp_path, SETTINGS)
    own.data.mkdir(mode=0o700)
    (own.data / "models.toml").write_text(provider.model())
    try:
        with own.running():
            memory = Memory.create(semantic("facts", namespaceTemplates=["/facts/{actorId}/of/{sessionId}"]))
            actors = ["anna", "anna/", "anna//", "anna/of", "anna/of/s1", "anna/of/s1/of", "anna:bert", "anna/bert", "ann"]
            actors += ["a" * 255, "anna/of/actorId", "bert", "bert/anna", "0"]
            for number, actor in enumerate(actors):
                memory.say(f"My number is {number}.", actor=actor, session="s1")
            quiet(own, memory)
            for number, actor in enumerate(actors):
                place = f"/facts/{actor}/of/s1"
                assert [row["content"]["text"] for row in memory.records(namespace=place)] == [f"It is {number}."], actor
                assert [texts(row) for row in memory.events(actor, "s1")] == [[f"My number is {number}."]]
            everywhere = {row["namespaces"][0] for row in memory.records(namespacePath="/")}
            assert everywhere == {f"/facts/{actor}/of/s1" for actor in actors}
            below = {row["namespaces"][0] for row in memory.records(namespacePath="/facts/ann")}
            assert below == {"/facts/ann/of/s1"}, "/facts/anna is no part of /facts/ann"
    finally:
        provider.stop()


def facts(user):
    """What a conversation says, and nothing that was known before."""
    conversation = user.split("<current_conversation>")
    numbers = re.findall(r"number is (\d+)", conversation[1]) if len(conversation) > 1 else []
    return "[" + ", ".join(f'{{"fact": "It is {number}."}}' for number in numbers) + "]"


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_any_text_is_kept_as_it_is(memory, text):
    memory.say(text, {"json": {"content": {text: [text]}}}, {"blob": {text: text}}, session="texts", extractionMode="SKIP")
    (event, *_) = memory.events(session="texts")
    assert texts(event) == [text]
    assert event["payload"][1]["json"]["content"] == {text: [text]} and event["payload"][2]["blob"] == {text: text}
    place = f"/texts/{TEXTS.index(text)}"
    (record,) = memory.write((f"A gull, and {text}", place))
    shown = memory.data.get_memory_record(memoryId=memory.id, memoryRecordId=record)["memoryRecord"]
    assert shown["content"]["text"] == f"A gull, and {text}"
    found = wait_for("it by a word", lambda: memory.find(f"gull {text}", namespace=place))
    assert [row["memoryRecordId"] for row in found] == [record]


@pytest.mark.parametrize(
    "metadata",
    [{"topic": {"stringValue": text}} for text in TEXTS if not text.isspace()]
    + [{text: {"stringValue": "fine"}} for text in TEXTS if not text.isspace()]
    + [{"topic": {"stringListValue": ["fine", "ä"]}}, {"topic": {}}, {"topic": {"stringValue": "a", "numberValue": 1}}]
    + [{"topic": {"stringValue": "v" * 10_000}}, {"x" * 129: {"stringValue": "fine"}}, {"": {"stringValue": "fine"}}]
    + [{f"k{number}": {"stringValue": "v"} for number in range(100)}],
    ids=lambda metadata: ascii(metadata)[:50],
)
def test_metadata_that_is_not_allowed_makes_no_record(memory, unchecked, metadata):
    row = memory.record(0, "A fact.", "/metadata", metadata)
    is_not_written(unchecked, memory, row)
    assert memory.records(namespacePath="/metadata") == []


def test_a_record_is_of_no_strategy_that_its_metadata_claims(memory):
    """Keys that only the service writes are left out: whoever writes back what was told would bring them along."""
    facts, others = memory.strategies["facts"], memory.strategies["others"]
    reserved = {"x-freehold-strategy", "x-freehold-document", "x-amz-agentcore-memory-recordType"}
    claims = {key: {"stringValue": others} for key in reserved | {"memoryStrategyId"}}
    (claim,) = memory.write(("A claim.", "/claims", claims, facts))
    (found,) = wait_for("the claim", lambda: memory.find("claim", namespace="/claims"))
    assert found["metadata"]["memoryStrategyId"] == {"stringValue": others}
    assert all(found["metadata"].get(key) != {"stringValue": others} for key in reserved)
    document = [condition("x-freehold-document", "EQUALS_TO", "stringValue", others)]
    assert memory.find("claim", filters=document, namespace="/claims") == []
    for strategy, expected in ((facts, [claim]), (others, [])):
        listed = memory.records(namespace="/claims", memoryStrategyId=strategy)
        assert [row["memoryRecordId"] for row in listed] == expected
        criteria = {"searchQuery": "claim", "memoryStrategyId": strategy}
        found = memory.data.retrieve_memory_records(memoryId=memory.id, namespace="/claims", searchCriteria=criteria)
        assert [row["memoryRecordId"] for row in found["memoryRecordSummaries"]] == expected


def test_an_event_has_exactly_ten_megabytes_at_most(memory):
    blob = "x" * (MOST - 2)
    memory.say({"blob": blob}, session="largest")
    (event,) = memory.events(session="largest")
    assert event["payload"][0]["blob"] == blob
    refused(
        lambda: memory.say({"blob": blob + "x"}, session="largest"),
        "ValidationException",
        f"must not be longer than {MOST} bytes",
    )
    refused(lambda: memory.say({"blob": blob}, said("x"), session="largest"), "ValidationException")
    assert len(memory.events(session="largest", includePayloads=False)) == 1
