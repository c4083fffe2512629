"""A memory whose disk is full: what is acknowledged is kept, what cannot be is refused, and reading goes on."""

import pytest
from botocore.exceptions import ClientError

from disks import fill, small_disk
from ours import Refused, call, send
from remembering import Memory, texts, wait_for
from servers import Server

LINES = 20


@pytest.fixture
def small(tmp_path):
    with small_disk(tmp_path / "data", megabytes=160), Server(tmp_path).running() as server:
        yield server


def write_until_refused(memory):
    """Records and events in turn until there is no room: what was acknowledged of each."""
    late, said = [], []
    padding = "and waits for fish " * 100
    with pytest.raises(ClientError) as refused:
        for number in range(10_000):
            late += memory.write((f"Heron late{number} {padding}", "/late"))
            # Some lie in the database, and some are large enough to lie beside it.
            said.append(memory.say("x" * (50_000 if number % 8 == 7 else 500), session="full")["eventId"])
    answer = refused.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 500, answer
    assert answer["Error"]["Message"] == "The server's disk is full: nothing was written. Retry once there is room."
    assert late and said
    with pytest.raises(ClientError, match="disk is full"):
        memory.say("x" * 90_000, session="full")
    return late, said


def found(memory, word, place):
    return {row["memoryRecordId"] for row in memory.find(word, top=100, namespace=place)}


def all_are_found(memory, place, ids):
    """Each by its own word."""
    for record in ids:
        text = memory.data.get_memory_record(memoryId=memory.id, memoryRecordId=record)["memoryRecord"]["content"]["text"]
        word = text.split()[1]
        wait_for(f"{word} by a search", lambda word=word, record=record: record in found(memory, word, place))


def test_a_full_disk_takes_nothing_away(small):
    memory = Memory.create()
    before = memory.write(*[(f"Heron before{n} stands in the pond.", "/before") for n in range(100)])
    events = [memory.say(f"Line {n}.")["eventId"] for n in range(LINES)]
    wait_for("all before", lambda: len(found(memory, "heron", "/before")) == 20)
    filler = small.data / "filler"
    fill(filler, leave=3 << 20)

    late, said = write_until_refused(memory)
    assert [row["eventId"] for row in memory.events(session="s1")] == events[::-1], "reading goes on"
    assert {row["memoryRecordId"] for row in memory.records(namespace="/before")} == set(before)
    assert len(found(memory, "before17", "/before")) == 1, "and so does searching"
    with pytest.raises(Refused) as refused:
        send(small, "PUT", f"memories/{memory.id}/documents/long.txt", ("A long text. " * 100_000).encode(), "text/plain")
    assert refused.value.status >= 500

    filler.unlink()
    assert [row["eventId"] for row in memory.events(session="full")] == said[::-1]
    assert {row["memoryRecordId"] for row in memory.records(namespace="/late")} == set(late)
    (after,) = memory.write(("Heron after flies away.", "/after"))
    wait_for("what came after", lambda: found(memory, "after", "/after") == {after})
    all_are_found(memory, "/late", late)
    wait_for("the rest", lambda: call(small, "GET", f"memories/{memory.id}")["index"]["waiting"] == 0)
    assert call(small, "GET", f"memories/{memory.id}")["index"]["records"] == len(before) + len(late) + 1


def test_a_server_that_is_killed_on_a_full_disk_has_it_all_when_there_is_room(small):
    memory = Memory.create()
    filler = small.data / "filler"
    fill(filler, leave=3 << 20)
    late, said = write_until_refused(memory)
    small.kill()
    filler.unlink()
    small.start()
    small.enter_environment()
    memory.reconnect()
    assert [row["eventId"] for row in memory.events(session="full")] == said[::-1]
    assert texts(memory.say("There is room."))
    all_are_found(memory, "/late", late)


def test_an_index_is_written_anew_when_there_is_room_again(small):
    memory = Memory.create()
    written = memory.write(*[(f"Heron number{n} {'waits ' * 400}", "/many") for n in range(100)])
    wait_for("all", lambda: len(found(memory, "heron", "/many")) == 20)
    filler = small.data / "filler"
    fill(filler, leave=0)
    try:
        small.freehold("memory", "reindex", memory.id, "--no-wait")
    except AssertionError as refusal:
        assert "disk is full" in str(refusal)
    assert found(memory, "number17", "/many") == {written[17]}, "the old one is searched meanwhile"
    filler.unlink()
    report = small.freehold("memory", "reindex", memory.id)
    assert report.splitlines()[-1] == "100 records are found, 0 of them by meaning"
    assert found(memory, "number17", "/many") == {written[17]}
