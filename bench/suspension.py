"""What suspended sessions cost, and what it costs to have them back."""

import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import ours
from table import mb, ms, p50, quantile

RUNS = 15
ASLEEP = 2_000
WOKEN = 20
CROWD = 50
PAYLOAD = {"remember": "the answer is 42"}


def timed(call):
    begun = time.monotonic()
    answer = call()
    return time.monotonic() - begun, answer


def measure_suspension(table, server, agent):
    """The SDK's agent after ten invocations: to the disk, and back to its next whole answer."""
    suspended, sizes, resumed = [], [], []
    for _ in range(RUNS):
        session = agent.session()
        for _ in range(10):
            session.ask(PAYLOAD)
        taken, shown = timed(lambda: ours.suspend(server, session))
        suspended.append(taken)
        sizes.append(shown["storedBytes"])
        taken, answer = timed(lambda: session.ask(PAYLOAD))
        resumed.append(taken)
        if answer["turn"] != 11:
            raise SystemExit(f"a resumed session forgot its turns: {answer}")
        session.stop()
    table.add("suspending an SDK agent after ten invocations, p50", ms(p50(suspended)), "≤ 300 ms", p50(suspended) <= 0.3)
    table.add("… p99", ms(quantile(suspended, 0.99)))
    table.add("… on the disk, p50", mb(p50(sizes)), "≤ 2 MB", p50(sizes) <= 2e6)
    table.add("resuming it to the whole next answer, p50", ms(p50(resumed)))
    table.add("… p99", ms(quantile(resumed, 0.99)))


def measure_ratio(table, engine):
    """On the engine alone, where both start from nothing."""
    fresh, resumed = engine["first answer complete (ms)"], engine["next answer complete (ms)"]
    ratio = resumed / fresh
    table.add("resuming / restoring a fresh one, to the whole answer, engine", f"{ratio:.2f}", "≤ 1.50", ratio <= 1.5)


def measure_many_asleep(table, server, agent):
    """Thousands of suspended sessions: forks of one conversation, each with a snapshot of its own."""
    origin = agent.session()
    origin.ask(PAYLOAD)
    ours.checkpoint(server, origin, "origin")
    asleep = [agent.session() for _ in range(ASLEEP)]
    taken, _ = timed(lambda: [ours.fork(server, origin, "origin", session) for session in asleep])
    table.add(f"{ASLEEP:,} suspended sessions made by forking, each", ms(taken / ASLEEP))
    resident = server.resident()
    table.add(f"server with {ASLEEP:,} suspended sessions, resident", mb(resident), "≤ 150 MB", resident <= 150e6)
    server.stop()
    server.start()
    server.enter_environment()
    resident = server.resident()
    table.add("… and after its restart", mb(resident), "≤ 150 MB", resident <= 150e6)
    table.add("… ready again after", ms(server.ready_after))
    woken = []
    for session in random.Random(1).sample(asleep, WOKEN):
        session.client = agent.session().client
        taken, answer = timed(lambda: session.ask(PAYLOAD))
        woken.append(taken)
        if answer["turn"] != 2:
            raise SystemExit(f"a fork forgot its turns: {answer}")
        session.stop()
    table.add(f"{WOKEN} of them at random, to the whole next answer, p50 / p99",
              f"{ms(p50(woken))} / {ms(quantile(woken, 0.99))}")  # fmt: skip


def measure_crowd(table, agent):
    """Many new sessions at the same moment."""
    sessions = [agent.session() for _ in range(CROWD)]
    failures = []

    def first(session):
        try:
            return timed(lambda: session.ask(PAYLOAD))[0]
        except Exception as error:  # noqa: BLE001: any failure counts
            failures.append(error)
            print(f"   failed: {error}", file=sys.stderr)
            return float("nan")

    with ThreadPoolExecutor(CROWD) as pool:
        taken = list(pool.map(first, sessions))
    table.add(f"{CROWD} new sessions at once, errors", str(len(failures)), "0", not failures)
    if not failures:
        table.add(f"{CROWD} new sessions at once, p50 / p99", f"{ms(p50(taken))} / {ms(quantile(taken, 0.99))}")
    for session in sessions:
        session.stop()


def clear(server, agent):
    """Ends what is left, so that nothing disturbs what is measured next."""
    for id in ours.sessions(server):
        ours.call(server, "DELETE", f"sessions/{agent.id}/DEFAULT/{quote(id, safe='')}")
