"""What real machines are charged for, and that the bill is the sum of its records."""

import json
import os
import sqlite3
import time
from contextlib import closing
from decimal import Decimal

import boto3
import pytest

from conftest import AGENTS
from ours import call, resume, suspend
from servers import Agent, Server, archive_of

pytestmark = pytest.mark.vm

PATIENCE = 60
LEAST_MEMORY = 128 * 1024
WHOLE = ["seconds", "cpuMilliseconds", "memoryKibSeconds"]
ROUNDED = ["vcpuHours", "gbHours", "cost"]


def usage(server, by):
    return call(server, "GET", f"usage?by={by}")


def wait(what, get):
    """What `get` returns once it is something."""
    deadline = time.monotonic() + PATIENCE
    while not (found := get()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.2)
    return found


def line_of(server, session):
    """The session's line, if it has one yet."""
    lines = usage(server, "session")["lines"]
    return next((line for line in lines if line["sessionId"] == session.id), None)


def used(line):
    return [line[member] for member in WHOLE]


def records(server):
    """The records as they are stored."""
    database = f"file:{server.data}/store.db?mode=ro"
    with closing(sqlite3.connect(database, uri=True)) as connection:
        rows = connection.execute("SELECT value FROM rows WHERE space = 'usage-records'")
        return [json.loads(value) for (value,) in rows]


def test_invocations_cost_processor_time_and_memory(server, session):
    for _ in range(3):
        session.ask({})
    line = wait("a record", lambda: (line := line_of(server, session)) and line["cpuMilliseconds"] and line)
    assert line["memoryKibSeconds"] >= line["seconds"] * LEAST_MEMORY
    assert line["sessions"] == 1


def test_a_suspended_session_costs_nothing_until_it_goes_on(server, probe):
    asleep, awake = probe.session(), probe.session()
    asleep.ask({})
    awake.ask({})
    suspend(server, asleep)
    before = wait("a record", lambda: line_of(server, asleep))
    wait("the other session's record", lambda: (line := line_of(server, awake)) and line["seconds"] >= 8)
    assert used(line_of(server, asleep)) == used(before)
    resume(server, asleep)
    wait("its new life's record", lambda: line_of(server, asleep)["seconds"] > before["seconds"])
    for session in (asleep, awake):
        session.stop()


def test_a_bill_is_the_sum_of_its_records(server, session):
    session.invoke({}, runtimeUserId="anna")["response"].read()
    wait("a record", lambda: line_of(server, session))

    def at_rest():
        """The bills and the records of one moment: nothing was written between the first and the last look."""
        bills = [usage(server, by) for by in ("agent", "session", "user")]
        rows = records(server)
        again = usage(server, "agent")
        return (bills, rows) if (again["lines"], again["total"]) == (bills[0]["lines"], bills[0]["total"]) else None

    bills, rows = wait("a moment in which nothing is written", at_rest)
    total = bills[0]["total"]
    stored = {"seconds": "seconds", "cpuMilliseconds": "cpu_ms", "memoryKibSeconds": "memory_kib_seconds"}
    for member, column in stored.items():
        assert total[member] == sum(row[column] for row in rows), member
    for bill in bills:
        for member in WHOLE + ROUNDED:
            assert bill["total"][member] == total[member], f"{member} by {bill['by']}"
            lines = sum(Decimal(line[member]) for line in bill["lines"])
            assert lines == Decimal(total[member]), f"{member} by {bill['by']}"
    assert any(line.get("userId") == "anna" for line in bills[2]["lines"])


def test_the_command_prints_a_total_that_adds_up(server, session):
    session.ask({})
    wait("a record", lambda: line_of(server, session))
    # Below stands what models and memories took, if anybody used some.
    sessions = server.freehold("usage", "--by", "session").split("\n\n")[0]
    heading, *lines, total = sessions.splitlines()
    assert heading.split()[:3] == ["AGENT", "ENDPOINT", "SESSION"] and heading.endswith("COST/USD")
    assert any(session.id in line for line in lines)
    for column in range(-5, 0):
        summed = sum(Decimal(line.split()[column]) for line in lines)
        assert summed == Decimal(total.split()[column]), heading.split()[column]
    answer = json.loads(server.freehold("usage", "--json", "--from", "2020-01-01", "--until", "2020-01-02"))
    assert answer["lines"] == [] and answer["total"]["cost"] == "0.000000"


def test_a_killed_server_counts_nothing_twice(tmp_path):
    environment = dict(os.environ)
    server = Server(tmp_path).start()
    try:
        server.enter_environment()
        agent = Agent.deploy("probe", archive_of(AGENTS / "probe"))
        session = agent.session()
        begun = time.monotonic()
        session.ask({})
        before = wait("a record", lambda: (line := line_of(server, session)) and line["seconds"] >= 4 and line)
        server.kill()
        lived = time.monotonic() - begun
        server.start()
        server.enter_environment()
        assert not any(row["open"] for row in records(server)), "what was open is closed"
        after = line_of(server, session)
        assert used(before) <= used(after) and after["seconds"] <= lived + 1
        agent.session().ask({})
        wait("the new session's record", lambda: usage(server, "agent")["total"]["sessions"] == 2)
        assert used(line_of(server, session)) == used(after), "an ended life stays as it is"
    finally:
        server.stop()
        os.environ.clear()
        os.environ.update(environment)
        boto3.setup_default_session()
