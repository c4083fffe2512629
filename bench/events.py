"""Writing events: durable ones over HTTP from sixteen clients, beside SQLite itself with one transaction an insert, and
beside moto's server, which keeps them in memory."""

import json
import os
import sqlite3
import subprocess
import time
from contextlib import contextmanager

import boto3

from models import a_second, free_port, wait_until_live
from servers import ROOT, Server
from table import ms

PEER = ROOT / ".peers/moto/bin/moto_server"
CLIENTS = 16
SECONDS = 8
# More than can be sent in that time: each is signed beforehand, and sent once.
MOST = 200_000
# Nobody's answer has arrived before this many requests; they also fill caches.
WARM = 2_000
PLACE = {"actorId": "user/{nn}", "sessionId": "session-{nn}"}
SAID = "I would like to know more about green tea, how it is grown and what it does. This is message number {n}."


def measure(table, directory):
    # Before and after, for a disk that somebody else uses meanwhile is slower for one of the two. The faster counts.
    bare = bare_inserts(directory / "before.db")
    server = Server(directory / "server").start()
    try:
        with server.entered():
            ours = measure_ours(server)
    finally:
        server.stop()
    rate = a_second(ours)
    table.add(f"CreateEvent, durable, {CLIENTS} clients: events a second", f"{rate:,.0f}", "≥ 6,000", rate >= 6_000)
    p99 = ours["p99_ms"] / 1e3
    table.add("… p50 / p99 at that rate", f"{ms(ours['p50_ms'] / 1e3)} / {ms(p99)}", "p99 ≤ 10 ms", p99 <= 0.010)
    bare = max(bare, bare_inserts(directory / "after.db"))
    table.add("… SQLite alone, a transaction for each insert, flushed: inserts a second", f"{bare:,.0f}")
    table.add("… ours / SQLite alone", f"{rate / bare:.1f}", "≥ 0.5", rate / bare >= 0.5)
    measure_peer(table, directory, rate)


def measure_ours(server):
    control = boto3.client("bedrock-agentcore-control")
    memory = control.create_memory(name="bench", eventExpiryDuration=7)["memory"]["id"]
    while control.get_memory(memoryId=memory)["memory"]["status"] != "ACTIVE":
        time.sleep(0.05)
    send(server.address, memory, "warm", WARM, os.environ)
    measured = send(server.address, memory, "measured", MOST, os.environ)
    check(memory)
    return measured


def check(memory):
    """What was acknowledged can be read."""
    data = boto3.client("bedrock-agentcore")
    place = {"memoryId": memory, "actorId": "user/00", "sessionId": "session-00"}
    events = data.list_events(**place, maxResults=1)["events"]
    if len(events) != 1:
        raise SystemExit("an event that was acknowledged is not there")


def send(address, memory, run, most, environment):
    """Sends up to so many events, each of its own. boto3 would send a token with each, so this does."""
    said = {"conversational": {"role": "USER", "content": {"text": SAID}}}
    body = {
        **PLACE,
        "eventTimestamp": time.time(),
        "payload": [said],
        "metadata": {"topic": {"stringValue": "tea"}},
        "clientToken": f"{run}-0000-4000-8000-{{n}}",
    }
    command = ["cargo", "run", "--quiet", "--release", "--locked", "--package", "bench-load", "--"]
    command += ["--address", address, "--seconds", str(SECONDS), "--connections", str(CLIENTS)]
    command += ["--distinct", str(most), "--method", "POST", "--header", "content-type: application/json"]
    command += ["--body", json.dumps(body), f"/memories/{memory}/events"]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return json.loads(done.stdout)


def bare_inserts(path):
    """One writer that does nothing else: several would only wait for each other."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE events (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID")
    value = json.dumps({"payload": [SAID], "metadata": {"topic": "tea"}}).encode()
    count, begun = 0, time.monotonic()
    while time.monotonic() - begun < SECONDS:
        database.execute("INSERT INTO events VALUES (?, ?)", (f"session-{count % 100}/{count:020}", value))
        count += 1
    rate = count / (time.monotonic() - begun)
    database.close()
    return rate


def measure_peer(table, directory, rate):
    if not PEER.exists():
        table.add("… moto's server, in memory", "not installed: scripts/setup peers")
        return
    with moto(directory) as address:
        keys = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_REGION": "us-east-1"}
        memory = "bench-0123456789"
        send(address, memory, "warm", CLIENTS, os.environ | keys)
        theirs = a_second(send(address, memory, "measured", MOST // 10, os.environ | keys))
    table.add("… moto's server, in memory: events a second", f"{theirs:,.0f}")
    table.add("… ours / moto's", f"{rate / theirs:.0f}", "≥ 20", rate / theirs >= 20)


@contextmanager
def moto(directory):
    port = free_port()
    with open(directory / "moto.log", "wb") as log:
        command = [PEER, "--host", "127.0.0.1", "--port", str(port)]
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=directory)
    try:
        wait_until_live(f"http://127.0.0.1:{port}/moto-api/", process)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)
