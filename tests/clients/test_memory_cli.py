"""`freehold memory`, against a running server."""

import json
import os
import signal
import subprocess
import time
from queue import Queue
from threading import Thread

import pytest

from ours import metric
from remembering import Memory, wait_for
from servers import binary
from test_memory import semantic


@pytest.fixture(scope="module")
def memory(server):
    made = Memory.create(semantic("facts", namespaceTemplates=["/facts/{actorId}"]))
    made.say("Where is the heron?", actor="anna", session="birds")
    made.say("In the pond.", actor="anna", session="birds")
    made.ids = made.write(
        ("The heron is in the pond.", "/facts/anna"),
        ("The heron is in the pond!", "/facts/anna"),
        ("Bert has a dog.", "/facts/bert"),
    )
    wait_for("all records", lambda: len(made.find("heron", namespacePath="/")) == 2)
    yield made
    made.delete()


def name_of(memory):
    return memory.id.rsplit("-", 1)[0]


def test_memories_are_listed_and_shown(server, memory):
    lines = server.freehold("memory", "list").splitlines()
    assert lines[0].split()[:2] == ["MEMORY", "STATE"]
    assert any(line.split()[:2] == [memory.id, "active"] for line in lines[1:])
    (row,) = [row for row in json.loads(server.freehold("memory", "list", "--json"))["memories"]
              if row["memoryId"] == memory.id]
    assert row["index"]["records"] == 3 and row["failedJobs"] == 0
    for name in (memory.id, memory.arn, name_of(memory)):
        shown = json.loads(server.freehold("memory", "show", name, "--json"))
        assert shown["arn"] == memory.arn
    text = server.freehold("memory", "show", memory.id)
    assert memory.strategies["facts"] in text and "/facts/{actorId}" in text


def test_what_was_said_is_listed(server, memory):
    assert "birds" in server.freehold("memory", "events", memory.id)
    lines = server.freehold(
        "memory", "events", memory.id, "--actor", "anna", "--session", "birds"
    ).splitlines()
    assert lines[0].split() == ["WHEN", "EVENT", "BRANCH", "WHO", "WHAT"]
    assert [line.split("user")[1].strip() for line in lines[1:]] == ["In the pond.", "Where is the heron?"]
    answer = json.loads(
        server.freehold("memory", "events", memory.id, "--actor", "anna", "--session", "birds", "--most", "1", "--json")
    )
    assert len(answer["events"]) == 1


def test_what_is_remembered_is_listed_and_found(server, memory):
    lines = server.freehold("memory", "records", memory.id).splitlines()
    assert len(lines) == 4 and lines[0].split() == ["RECORD", "NAMESPACE", "CREATED", "TEXT"]
    assert len(server.freehold("memory", "records", memory.id, "--path", "/facts/bert").splitlines()) == 2
    one = server.freehold("memory", "records", memory.id, "--id", memory.ids[2])
    assert "Bert has a dog." in one and "comes from written" in one
    found = server.freehold("memory", "search", memory.id, "heron")
    assert found.count("The heron is in the pond") == 2 and "found by lexical search" in found
    assert "nothing found" in server.freehold("memory", "search", memory.id, "heron", "--namespace", "/facts/bert")
    said = wait_for(
        "the event",
        lambda: "Where is the heron?" in (out := server.freehold("memory", "search", memory.id, "heron", "--events"))
        and out,
    )
    assert "anna" in said and "birds" in said


def test_junk_is_reported(server, memory):
    memory.find("heron", namespacePath="/facts")
    text = server.freehold("memory", "report", memory.id)
    assert text.startswith("3 records, 1 of them duplicates (33 %), 1 never found by a search")
    report = json.loads(server.freehold("memory", "report", memory.id, "--json"))
    assert [row["memoryRecordId"] for row in report["examplesNeverRetrieved"]] == [memory.ids[2]]
    assert {report["duplicates"][0]["first"], report["duplicates"][0]["second"]} == set(memory.ids[:2])


def test_an_index_is_written_anew(server, memory):
    assert server.freehold("memory", "reindex", memory.id).splitlines()[-1] == "3 records are found, 0 of them by meaning"
    assert len(memory.find("heron", namespacePath="/")) == 2
    assert "index" in json.loads(server.freehold("memory", "reindex", memory.id, "--no-wait", "--json"))


def test_a_memory_is_followed_until_somebody_interrupts(server, memory):
    place = {"FREEHOLD_DATA": str(server.data), "FREEHOLD_ENDPOINT": f"http://{server.address}"}
    following = subprocess.Popen(
        [binary(), "memory", "tail", memory.id, "--last", "0", "--json"],
        env=os.environ | place,
        stdout=subprocess.PIPE,
        text=True,
    )
    lines = Queue()
    Thread(target=lambda: [lines.put(line) for line in following.stdout], daemon=True).start()

    def first_line():
        """It begins to follow at some moment after it was started, so say something until it is heard."""
        memory.say("Is anybody there?", session="tail")
        time.sleep(0.2)
        return None if lines.empty() else lines.get()

    heard = json.loads(wait_for("a line", first_line))
    assert (heard["what"], heard["sessionId"], heard["text"]) == ("event", "tail", "user: Is anybody there?")
    (record,) = memory.write(("A stork.", "/facts/stork"))
    memory.data.delete_memory_record(memoryId=memory.id, memoryRecordId=record)

    def removal():
        entry = json.loads(lines.get(timeout=30))
        return entry if entry.get("memoryRecordId") == record and entry["what"] == "record removed" else None

    wait_for("the removal", removal)
    following.send_signal(signal.SIGINT)
    assert following.wait(10) == 0


def test_what_is_not_there_is_said(server):
    complaint = server.freehold("memory", "show", "nobody", ok=False)
    assert "`freehold memory list`" in complaint
    complaint = server.freehold("memory", "report", "nobody-0123456789", ok=False)
    assert "nobody-0123456789" in complaint and "freehold memory list" in complaint


def test_what_memories_are_used_for_is_billed(server, memory):
    heading, *lines, total = server.freehold("usage", "--by", "memory").splitlines()
    assert heading.split() == ["MEMORY", "EVENTS", "SEARCHES", "RECORD-HOURS", "COST/USD"]
    (line,) = [line.split() for line in lines if line.startswith(memory.id)]
    assert int(line[1]) >= 2 and int(line[2]) >= 1 and float(line[4]) > 0
    for column in (1, 2, 3):
        assert int(total.split()[column]) == sum(int(line.split()[column]) for line in lines)
    answer = json.loads(server.freehold("usage", "--by", "memory", "--json", "--until", "2020-01-02"))
    assert answer["lines"] == [] and answer["total"]["cost"] == "0.000000"


def test_memories_stand_below_any_bill(server, memory):
    for by in ([], ["--by", "session"], ["--by", "user"]):
        bill = server.freehold("usage", *by)
        sessions, memories = bill.split("\nMEMORY ", 1)
        assert "SESSIONS" in sessions and memory.id not in sessions
        assert any(line.startswith(memory.id) for line in memories.splitlines())
    whole = json.loads(server.freehold("usage", "--json"))["memories"]
    alone = json.loads(server.freehold("usage", "--by", "memory", "--json"))
    assert [line["memoryId"] for line in whole["lines"]] == [line["memoryId"] for line in alone["lines"]]
    assert "MEMORY" not in server.freehold("usage", "--until", "2020-01-02"), "nothing was used then"


def test_requests_to_memories_are_counted(server, memory):
    labels = {"Service": "AgentCore.Memory", "Resource": memory.arn, "Operation": "CreateEvent"}
    assert metric(server, "agentcore_Invocations", **labels) >= 2
