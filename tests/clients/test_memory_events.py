"""Short-term memory: events of sessions, with boto3."""

from datetime import timedelta

import pytest

from ours import call
from remembering import START, Memory, condition, said, texts, wait_for
from servers import Server, client
from test_memory import refused


@pytest.fixture(scope="module")
def memory(server):
    made = Memory.create()
    yield made
    made.delete()


def test_an_event_is_there_as_soon_as_it_is_acknowledged(memory):
    blob = {"state": [1, 2.5, None, {"deep": True}]}
    event = memory.say(
        "Hello.",
        said("Hi!", "ASSISTANT"),
        {"blob": blob},
        {"json": {"content": {"order": 7}}},
        actor="anna/work:1",
        session="at-once",
        metadata={"topic": {"stringValue": "greeting"}},
    )
    number, mark, rest = event["eventId"].partition("#")
    assert number.isdigit() and mark and int(rest, 16) >= 0
    place = {"memoryId": memory.id, "actorId": "anna/work:1", "sessionId": "at-once"}
    shown = memory.data.get_event(eventId=event["eventId"], **place)["event"]
    assert texts(shown) == ["Hello.", "Hi!"]
    assert shown["payload"][2]["blob"] == blob
    assert shown["payload"][3]["json"]["content"] == {"order": 7}
    assert shown["metadata"] == {"topic": {"stringValue": "greeting"}}
    assert shown["eventTimestamp"] == START + timedelta(seconds=memory.said)
    assert [row["eventId"] for row in memory.events("anna/work:1", "at-once")] == [event["eventId"]]


def test_newest_come_first_also_within_a_second(memory):
    """boto3 sends whole seconds, so what came later is told by the order of arrival."""
    written = [memory.say(f"{n}", session="order", eventTimestamp=START)["eventId"] for n in range(5)]
    late = memory.say("later", session="order", eventTimestamp=START + timedelta(seconds=1))["eventId"]
    early = memory.say("earlier", session="order", eventTimestamp=START - timedelta(days=1))["eventId"]
    assert [row["eventId"] for row in memory.events(session="order")] == [late, *reversed(written), early]


def test_pages_stay_right_while_events_arrive(memory):
    old = [memory.say(f"{n}", session="pages")["eventId"] for n in range(7)]
    place = {"memoryId": memory.id, "actorId": "anna", "sessionId": "pages", "maxResults": 3}
    page = memory.data.list_events(**place)
    seen = [row["eventId"] for row in page["events"]]
    while "nextToken" in page:
        memory.say("meanwhile", session="pages")
        page = memory.data.list_events(nextToken=page["nextToken"], **place)
        seen += [row["eventId"] for row in page["events"]]
    assert seen == list(reversed(old))
    elsewhere = memory.data.list_events(**place)["nextToken"]
    refused(
        lambda: memory.data.list_events(**(place | {"sessionId": "order"}), nextToken=elsewhere),
        "ValidationException",
    )
    refused(lambda: memory.data.list_events(**place, nextToken="bogus"), "ValidationException")


def test_payloads_are_left_out_if_nobody_wants_them(memory):
    memory.say("Hello.", session="bare")
    (event,) = memory.events(session="bare", includePayloads=False)
    assert event["payload"] == []


def test_branches_are_lines_of_their_own(memory):
    first = memory.say("first", session="forked")["eventId"]
    second = memory.say("second", session="forked")["eventId"]
    memory.say("third", session="forked")
    memory.say("other third", session="forked", branch={"name": "other", "rootEventId": second})
    memory.say("other fourth", session="forked", branch={"name": "other"})
    memory.say("deep", session="forked", branch={"name": "deep", "rootEventId": first})

    def line(name, parents):
        wanted = {"branch": {"name": name, "includeParentBranches": parents}}
        return [text for event in memory.events(session="forked", filter=wanted) for text in texts(event)]

    assert line("other", False) == ["other fourth", "other third"]
    assert line("other", True) == ["other fourth", "other third", "second", "first"]
    assert line("deep", True) == ["deep", "first"]
    assert len(memory.events(session="forked")) == 6, "without a filter all lines are shown"
    shown = next(row for row in memory.events(session="forked") if texts(row) == ["deep"])
    assert shown["branch"] == {"name": "deep", "rootEventId": first}
    unknown = {"name": "lost", "rootEventId": "0000001772366400000#00ff"}
    refused_to_fork(memory, unknown)


def refused_to_fork(memory, branch):
    with pytest.raises(memory.data.exceptions.ClientError) as caught:
        memory.say("never", session="forked", branch=branch)
    assert caught.value.response["Error"]["Code"] in ("ValidationException", "ResourceNotFoundException")


def test_metadata_finds_few_among_many(memory):
    """No page is empty while there is more: the official SDK stops at an empty one."""
    for number in range(30):
        rare = {"kind": {"stringValue": "rare"}} if number in (0, 1) else {"other": {"stringValue": "x"}}
        memory.say(f"{number}", session="filters", metadata=rare)

    def found(*conditions):
        page = memory.data.list_events(
            memoryId=memory.id,
            actorId="anna",
            sessionId="filters",
            maxResults=1,
            filter={"eventMetadata": list(conditions)},
        )
        return [text for event in page["events"] for text in texts(event)]

    is_rare = condition("kind", "EQUALS_TO", "stringValue", "rare")
    assert found(is_rare) == ["1"]
    assert found(condition("kind", "EXISTS"), condition("other", "NOT_EXISTS")) == ["1"]
    assert found(condition("kind", "EQUALS_TO", "stringValue", "none")) == []
    assert len(memory.events(session="filters", filter={"eventMetadata": [is_rare]})) == 2
    refused(lambda: found(condition("kind", "EXISTS", "stringValue", "x")), "ValidationException")
    refused(lambda: found(condition("kind", "EQUALS_TO")), "ValidationException")


def test_an_event_can_be_removed_and_found_in_its_session_only(memory):
    event = memory.say("forget me", session="removal")["eventId"]
    place = {"memoryId": memory.id, "actorId": "anna", "eventId": event}
    with pytest.raises(memory.data.exceptions.ClientError) as caught:
        memory.data.get_event(sessionId="elsewhere", **place)
    assert caught.value.response["Error"]["Code"] in ("ResourceNotFoundException", "ValidationException")
    gone = memory.data.delete_event(sessionId="removal", **place)
    assert gone["eventId"] == event
    refused(lambda: memory.data.get_event(sessionId="removal", **place), "ResourceNotFoundException")
    refused(lambda: memory.data.delete_event(sessionId="removal", **place), "ResourceNotFoundException")
    assert memory.events(session="removal") == []


def test_a_token_writes_an_event_once(memory):
    wanted = {
        "memoryId": memory.id,
        "actorId": "anna",
        "sessionId": "tokens",
        "eventTimestamp": START,
        "payload": [said("once")],
        "clientToken": "the-same-token-for-both",
    }
    first, again = [memory.data.create_event(**wanted)["event"]["eventId"] for _ in range(2)]
    assert first == again and len(memory.events(session="tokens")) == 1


def test_actors_and_sessions_are_known_by_their_events(server):
    memory = Memory.create()
    for actor, session in [("anna", "one"), ("anna", "two"), ("bert", "one")]:
        memory.say("hi", actor=actor, session=session)
    made = memory.data.create_event(
        memoryId=memory.id, actorId="carl", eventTimestamp=START, payload=[said("no session")]
    )["event"]
    assert made["sessionId"], "a session is made where none is named"
    pages = memory.data.get_paginator("list_actors").paginate(memoryId=memory.id, PaginationConfig={"PageSize": 2})
    actors = [row["actorId"] for page in pages for row in page["actorSummaries"]]
    assert sorted(actors) == ["anna", "bert", "carl"]
    pages = memory.data.get_paginator("list_sessions").paginate(
        memoryId=memory.id, actorId="anna", PaginationConfig={"PageSize": 1}
    )
    sessions = [row for page in pages for row in page["sessionSummaries"]]
    assert sorted(row["sessionId"] for row in sessions) == ["one", "two"]
    assert all(row["actorId"] == "anna" and row["createdAt"] for row in sessions)
    (event,) = memory.events("anna", "two")
    memory.data.delete_event(memoryId=memory.id, actorId="anna", sessionId="two", eventId=event["eventId"])
    full = memory.data.list_sessions(memoryId=memory.id, actorId="anna", filter={"eventFilter": "HAS_EVENTS"})
    assert [row["sessionId"] for row in full["sessionSummaries"]] == ["one"]
    memory.delete()


@pytest.mark.parametrize(
    "wrong",
    [
        {"actorId": "-"},
        {"actorId": "a b"},
        {"sessionId": "a/b"},
        {"payload": [said("")]},
        {"payload": [said("x" * 100_001)]},
        {"payload": [said("x")] * 101},
        {"payload": [said("x", "PILOT")]},
        {"payload": [{"json": {"content": "x" * 110_000}}]},
        {"metadata": {f"k{number}": {"stringValue": "v"} for number in range(16)}},
        {"metadata": {"key": {"stringValue": "semi;colon"}}},
        {"metadata": {"key": {"stringValue": "v" * 257}}},
        {"branch": {"name": "a b"}},
        {"extractionConfig": {"namespaceVariables": {"tenant": "a"}}},
    ],
    ids=lambda wrong: "-".join(wrong),
)
def test_what_breaks_a_rule_makes_no_event(memory, wrong):
    wanted = {"memoryId": memory.id, "actorId": "ruler", "sessionId": "rules", "eventTimestamp": START}
    wanted |= {"payload": [said("fine")]} | wrong
    # So that it is the server who finds it.
    data = client("bedrock-agentcore", parameter_validation=False)
    with pytest.raises(data.exceptions.ClientError) as caught:
        data.create_event(**wanted)
    error = caught.value.response
    assert error["Error"]["Code"] in ("ValidationException", "InvalidInputException"), error
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert memory.events("ruler", "rules") == []


def test_an_event_may_have_ten_megabytes_and_no_more(memory):
    message = "x" * 99_000
    whole = memory.say(*[message] * 100, session="large")
    (shown,) = memory.events(session="large")
    assert shown["eventId"] == whole["eventId"] and sum(map(len, texts(shown))) == 9_900_000
    with pytest.raises(memory.data.exceptions.ClientError) as caught:
        memory.say(*["ü" * 90_000] * 100, session="large")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 413)
    assert len(memory.events(session="large")) == 1


def test_acknowledged_events_survive_the_death_of_the_server(tmp_path):
    server = Server(tmp_path).start()
    try:
        with server.entered():
            memory = Memory.create()
            written = [memory.say(f"{n}")["eventId"] for n in range(20)]
            server.kill()
        server.start()
        with server.entered():
            again = Memory({"id": memory.id, "arn": memory.arn})
            assert [row["eventId"] for row in again.events()] == list(reversed(written))
    finally:
        server.stop()


def test_events_are_found_within_a_second(server, memory):
    """An extension of ours: AgentCore finds records only."""
    memory.say("The heron stands in the pond.", actor="finder", session="birds")
    found = wait_for(
        "the event",
        lambda: call(server, "POST", f"memories/{memory.id}/events/search", {"query": "heron"})["results"],
    )
    assert found[0]["actorId"] == "finder" and "heron" in found[0]["text"]
