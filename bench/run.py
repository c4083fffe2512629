"""Measures a server with real microVMs through boto3's path and prints a table. Ratios are of one and the same run.

    python bench/run.py
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests/clients"), str(ROOT / "examples")]

from pack import pack  # noqa: E402
from servers import Agent, Server  # noqa: E402

import embeddings  # noqa: E402
import events  # noqa: E402
import machines  # noqa: E402
import models  # noqa: E402
import native  # noqa: E402
import retrieval  # noqa: E402
import suspension  # noqa: E402
from table import Table, mb, ms, p50, quantile  # noqa: E402

SESSIONS = 20
# Long enough to start a machine ahead of the next session under emulation.
APART = 1.5
WARM = 200
HUNDRED_MB = 100_000_000
PAYLOAD = {"remember": "the answer is 42"}
# A crowd is to meet the machines, not the quota of new sessions a second.
SETTINGS = "[limits]\nnew-sessions-per-second = 100\n"


def timed(call):
    begun = time.monotonic()
    call()
    return time.monotonic() - begun


def measure_start(table, directory):
    """An idle server, and how soon it is ready on a data directory that it knows."""
    idle = Server(directory).start()
    idle.stop()
    ready = []
    for _ in range(5):
        idle.start()
        ready.append(idle.ready_after)
        time.sleep(0.5)
        resident = idle.resident()
        idle.stop()
    table.add("ready to answer after start, p50", ms(p50(ready)), "≤ 200 ms", p50(ready) <= 0.2)
    table.add("idle server, resident", mb(resident), "≤ 60 MB", resident <= 60e6)


def measure_reads(table, server, agent):
    """Router, validation, SigV4 and store for a small read."""
    read = load(server, f"/runtimes/{agent.id}/")
    rate = read["requests"] / read["seconds"]
    table.add("GetAgentRuntime, requests a second", f"{rate:,.0f}", "≥ 10,000", rate >= 10_000)
    table.add("… p99 at that rate", f"{read['p99_ms']:.2f} ms")


def load(server, target, *more):
    command = ["cargo", "run", "--quiet", "--release", "--locked", "--package", "bench-load", "--"]
    command += ["--address", server.address, *more, target]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout)


def new_sessions(agent, payload, pause):
    """Seconds from a session's first request to its whole answer, the sessions being begun this far apart."""
    taken = []
    for _ in range(SESSIONS + 2):
        time.sleep(pause)
        session = agent.session()
        taken.append(timed(lambda: session.ask(payload)))
        session.stop()
    return taken[2:]


def cold_boot(server, agent):
    """From the start of the machine to the agent's first healthy ping, as the server logged it."""
    found = re.findall(rf"{agent.id}[^\n]*built boot=([\d.]+)(ms|s)\b", server.log_path.read_text())
    value, unit = found[-1]
    return float(value) * (1e-3 if unit == "ms" else 1)


def measure_sessions(table, server, agent, archive, name, limit, directory):
    """With time in between, a machine is started ahead of each session; without, each one restores its own."""
    apart, at_once = new_sessions(agent, PAYLOAD, APART), new_sessions(agent, PAYLOAD, 0)
    boot = cold_boot(server, agent)
    plain = native.first_answer(archive, json.dumps(PAYLOAD), directory)
    table.add(f"{name} agent: cold boot to healthy", ms(boot))
    table.add(f"{name} agent: plain process to first answer, p50", ms(plain))
    for taken, when in ((apart, f"{APART} s apart"), (at_once, "back to back")):
        middle = p50(taken)
        row = f"{name} agent: new session to first answer, {when}"
        table.add(f"{row}, p50", ms(middle), f"≤ {limit} ms", middle <= limit / 1e3)
        table.add(f"{row}, p99", ms(quantile(taken, 0.99)))
        table.add("… / cold boot", f"1/{boot / middle:.0f}", "≤ 1/25", boot / middle >= 25)
        hoped = ("≤ 0.90", middle / plain <= 0.9) if name == "SDK" else ()
        table.add("… / plain process", f"{middle / plain:.2f}", *hoped)
    if name == "SDK":
        gvisor = native.first_answer_under_gvisor(archive, json.dumps(PAYLOAD), directory)
        row = "SDK agent: started under gVisor (ptrace) to first answer, p50"
        table.add(row, ms(gvisor) if gvisor else "not here")
        if gvisor:
            ratio = p50(apart) / gvisor
            table.add("… new session 1.5 s apart / gVisor", f"{ratio:.2f}", "≤ 0.15", ratio <= 0.15)
    return p50(apart)


def measure_crowd(table, server, agent):
    """Twenty new sessions at once, and what each takes of the host's memory."""
    sessions = [agent.session() for _ in range(SESSIONS)]
    failures = 0

    def first(session):
        nonlocal failures
        try:
            return timed(lambda: session.ask(PAYLOAD))
        except Exception as error:  # noqa: BLE001: any failure counts
            print(f"   failed: {error}", file=sys.stderr)
            failures += 1
            return float("nan")

    with ThreadPoolExecutor(SESSIONS) as pool:
        taken = list(pool.map(first, sessions))
    table.add(f"{SESSIONS} new sessions at once, errors", str(failures), "0", failures == 0)
    if not failures:
        table.add(f"{SESSIONS} new sessions at once, p50 / p99", f"{ms(p50(taken))} / {ms(quantile(taken, 0.99))}")
    private = machines.private_memory(server.data)
    if private:
        table.add(f"private memory of a restored session, p50 of {len(private)}", mb(p50(private)))
    for session in sessions:
        session.stop()


def measure_warm(table, server, agent, code):
    """The same request through boto3, as signed HTTP without boto3, and straight onto the machine's stream."""
    session = agent.session()
    for _ in range(20):
        session.ask(PAYLOAD)
    boto = p50([timed(lambda: session.ask(PAYLOAD)) for _ in range(WARM)])
    path = f"/runtimes/{agent.arn.replace(':', '%3A').replace('/', '%2F')}/invocations"
    headers = [f"x-amzn-bedrock-agentcore-runtime-session-id: {session.id}", "content-type: application/json"]
    more = ["--connections", "1", "--seconds", "3", "--method", "POST", "--body", json.dumps(PAYLOAD)]
    for header in headers:
        more += ["--header", header]
    signed = load(server, path, *more)["p50_ms"] / 1e3
    direct = machines.warm_invoke(ROOT, code)
    table.add("warm invoke through boto3, p50", ms(boto))
    table.add("warm invoke as signed HTTP, p50", ms(signed))
    table.add("warm invoke on the machine's stream, p50", ms(direct))
    table.add("added by the server", ms(signed - direct), "≤ 1.5 ms", signed - direct <= 0.0015)
    table.add("added by the server and boto3", ms(boto - direct))
    first = p50([first_chunk(session) for _ in range(20)])
    one = p50([timed(lambda: session.invoke({"stream": 1, "pause": 0})["response"].read()) for _ in range(20)])
    table.add("a streamed answer of one event, whole, p50", ms(one))
    table.add("first chunk of a longer one, p50", ms(first), "no more than 5 ms later", first - one <= 0.005)
    session.stop()


def first_chunk(session):
    begun = time.monotonic()
    answer = session.invoke({"stream": 2, "pause": 0.2})["response"]
    answer.read(1)
    taken = time.monotonic() - begun
    answer.read()
    return taken


def measure_payloads(table, server, probe):
    """A hundred megabytes each way, and the most that the server's memory grew meanwhile."""
    session = probe.session()
    session.ask({"do": "turn"})
    payload = b"x" * HUNDRED_MB
    taken, grown = with_growth(server, lambda: check(session.ask(payload)["bytes"]))
    table.add("100 MB in", f"{HUNDRED_MB / taken / 1e6:.0f} MB/s")
    table.add("… growth of the server's resident memory", mb(grown), "≤ 20 MB", grown <= 20e6)

    def receive():
        answer = session.invoke({"do": "produce", "bytes": HUNDRED_MB})["response"]
        check(sum(len(chunk) for chunk in answer.iter_chunks(1 << 20)))

    taken, grown = with_growth(server, receive)
    table.add("100 MB out", f"{HUNDRED_MB / taken / 1e6:.0f} MB/s")
    table.add("… growth of the server's resident memory", mb(grown), "≤ 20 MB", grown <= 20e6)
    session.stop()


def check(size):
    if size != HUNDRED_MB:
        raise SystemExit(f"{size} bytes arrived instead of {HUNDRED_MB}")


def with_growth(server, call):
    """Seconds, and by how much the highest resident memory exceeded that of before."""
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")
    before = server.resident()
    taken = timed(call)
    return taken, server.resident("VmHWM") - before


def measure_engine(table, code, middle):
    """Where a new session's time goes. QEMU says when it lets the guest run: until then it is the VMM. A second
    answer of the same machine does the same work in code that is translated already, so what the first one takes
    beyond it is the emulator's: translating, cold pages."""
    printed, engine = machines.restore_timings(ROOT, code)
    for kind, when in (("", "restored for it"), ("ahead: ", "started ahead of it")):
        running, first, second = (
            engine[f"{kind}{row} (ms)"] for row in ("guest runs", "first answer complete", "second answer")
        )
        table.add(f"SDK agent's first answer, machine {when}", f"{first:.1f} ms")
        table.add("… VMM, until it lets the guest run", f"{running:.1f} ms")
        table.add("… guest, as its second answer shows", f"{second:.1f} ms")
        table.add("… emulator: translating, the rest", f"{first - running - second:.1f} ms")
    ours = middle - engine["ahead: first answer complete (ms)"] / 1e3
    table.add(f"our server and boto3, {APART} s apart (difference of two medians)", ms(ours))
    return printed, engine


def main():
    if not os.access("/dev/kvm", os.W_OK):
        print("── this machine has no /dev/kvm: everything is emulated")
    table = Table()
    with tempfile.TemporaryDirectory() as directory:
        directory = Path(directory)
        archives = {name: pack(ROOT / "examples" / name, directory / f"{name}.zip") for name in ("hello", "stdlib")}
        pack(ROOT / "tests/clients/agents/probe", directory / "probe.zip")
        measure_start(table, directory / "idle")
        server = Server(directory / "busy", SETTINGS).start()
        server.enter_environment()
        try:
            engine = measure_all(table, server, archives, directory)
        finally:
            server.stop()
        models.measure_models(table, directory / "models")
        events.measure(table, directory)
    embeddings.measure(table)
    retrieval.measure(table)
    print(f"\n── the engine alone, with the SDK agent\n{engine}")
    table.print()


def measure_all(table, server, archives, directory):
    print("── deploying the agents", flush=True)
    stdlib = Agent.deploy("stdlib", archives["stdlib"].read_bytes())
    hello = Agent.deploy("hello", archives["hello"].read_bytes())
    probe = Agent.deploy("probe", (directory / "probe.zip").read_bytes())
    measure_reads(table, server, stdlib)
    middle = measure_sessions(table, server, hello, archives["hello"], "SDK", 260, directory)
    measure_sessions(table, server, stdlib, archives["stdlib"], "stdlib", 130, directory)
    measure_crowd(table, server, hello)
    code = directory / "engine"
    with zipfile.ZipFile(archives["hello"]) as content:
        content.extractall(code)
    printed, engine = measure_engine(table, code, middle)
    measure_warm(table, server, hello, code)
    measure_payloads(table, server, probe)
    suspension.measure_suspension(table, server, hello)
    suspension.measure_ratio(table, engine)
    suspension.measure_crowd(table, hello)
    table.add("metering 100 sandboxes, share of a core", *machines.metering_cost(ROOT))
    suspension.measure_many_asleep(table, server, hello)
    suspension.clear(server, hello)
    return printed


if __name__ == "__main__":
    main()
