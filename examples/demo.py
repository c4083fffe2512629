"""Deploys an agent to a Freehold server of its own and talks to it, with boto3 and nothing special.

    python examples/demo.py target/release/freehold examples/hello

Every answer is checked; the exit code is 0 only if all of them are right.
"""

import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import boto3
from botocore.config import Config

from pack import pack

READY_LINE = "freehold is ready on "
STREAMED = 5
PAUSE = 0.3
# Generous: without hardware virtualisation the agent's framework is imported under emulation.
START_BUDGET = 60
DEPLOY_BUDGET = 300


def say(text):
    print(f"   {text}", flush=True)


class Timings:
    """What took how long, for the table at the end."""

    def __init__(self):
        self.rows = []

    @contextmanager
    def step(self, name):
        print(f"── {name}", flush=True)
        started = time.monotonic()
        yield
        self.add(name, time.monotonic() - started)

    def add(self, name, seconds):
        self.rows.append((name, seconds))

    def print(self):
        width = max(len(name) for name, _ in self.rows)
        print("\n" + "what".ljust(width) + "        time")
        for name, seconds in self.rows:
            shown = f"{seconds * 1000:9.0f} ms" if seconds < 10 else f"{seconds:9.1f} s "
            print(f"{name.ljust(width)} {shown}")


def expect(condition, what):
    """Unlike `assert`, holds under `python -O` too."""
    if not condition:
        raise SystemExit(f"the demo failed: {what}")


@contextmanager
def server(freehold, data):
    """A server with a data directory and a port of its own, ended together with this block; yields its address."""
    log = open(data.parent / "server.log", "w+b")
    command = [str(freehold), "serve", "--listen", "127.0.0.1:0", "--data", str(data)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    said = Queue()

    def listen():
        for line in process.stdout:
            said.put(line)
        said.put("")

    Thread(target=listen, daemon=True).start()
    try:
        yield wait_until_listening(said)
    except BaseException:
        print(f"── the end of the server's log\n{tail(log)}", file=sys.stderr)
        raise
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()
    expect(process.returncode == 0, f"the server ended with {process.returncode}")


def wait_until_listening(said):
    """Reads what the server says until it is ready; an empty line means that it has ended."""
    line = None
    while line is None or not line.startswith(READY_LINE):
        try:
            line = said.get(timeout=START_BUDGET)
        except Empty:
            expect(False, "the server did not start in time")
        expect(line, "the server did not start")
    say(line.strip())
    return line.strip().removeprefix(READY_LINE).removeprefix("http://")


def tail(log, lines=30):
    log.seek(0)
    return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])


def read_environment(freehold, data, address):
    """What `eval "$(freehold env)"` does in a shell."""
    command = [str(freehold), "env", "--data", str(data), "--listen", address]
    for line in subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines():
        verb, *words = shlex.split(line)
        for word in words:
            name, _, value = word.partition("=")
            if verb == "export":
                os.environ[name] = value
            elif verb == "unset":
                os.environ.pop(name, None)


def deploy(zip_file, timings):
    """Uploads the code, creates the runtime and waits for it; returns its ARN."""
    with timings.step("upload the code to the S3 door"):
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="agents")
        s3.upload_file(str(zip_file), "agents", "hello/code.zip")
    with timings.step("create the runtime, until READY"):
        control = boto3.client("bedrock-agentcore-control")
        created = control.create_agent_runtime(
            agentRuntimeName="hello",
            agentRuntimeArtifact={
                "codeConfiguration": {
                    "code": {"s3": {"bucket": "agents", "prefix": "hello/code.zip"}},
                    "runtime": "PYTHON_3_11",
                    "entryPoint": ["main.py"],
                }
            },
            networkConfiguration={"networkMode": "PUBLIC"},
            roleArn="arn:aws:iam::000000000000:role/hello",
        )
        wait_until_ready(control, created["agentRuntimeId"])
    return created["agentRuntimeArn"]


def wait_until_ready(control, identifier):
    started, shown = time.monotonic(), None
    while True:
        runtime = control.get_agent_runtime(agentRuntimeId=identifier)
        waited = time.monotonic() - started
        progress = (runtime["status"], int(waited) // 5)
        if progress != shown:
            say(f"{runtime['status']} after {waited:.0f} s")
            shown = progress
        if runtime["status"] == "READY":
            return
        reason = runtime.get("failureReason", "no reason given")
        expect(runtime["status"] == "CREATING", f"{runtime['status']}: {reason}")
        expect(waited < DEPLOY_BUDGET, f"not ready after {DEPLOY_BUDGET} s")
        time.sleep(0.2)


class Session:
    """One conversation, which is one microVM."""

    def __init__(self, arn):
        config = Config(read_timeout=120, retries={"total_max_attempts": 1})
        self.client = boto3.client("bedrock-agentcore", config=config)
        self.arn = arn
        self.id = f"demo-{uuid.uuid4()}"

    def send(self, payload):
        return self.client.invoke_agent_runtime(
            agentRuntimeArn=self.arn,
            runtimeSessionId=self.id,
            contentType="application/json",
            payload=json.dumps(payload).encode(),
        )

    def ask(self, payload):
        answer = json.loads(self.send(payload)["response"].read())
        say(json.dumps(answer))
        return answer


def converse(arn, timings):
    """Two invocations in one session share its memory; another session knows nothing of it."""
    first, other = Session(arn), Session(arn)
    with timings.step("first invocation of a new session"):
        answer = first.ask({"remember": "the answer is 42"})
    expect(answer == {"session": first.id, "turn": 1, "remembered_before": None}, answer)
    with timings.step("second invocation, same session"):
        answer = first.ask({})
    expect(answer == {"session": first.id, "turn": 2, "remembered_before": "the answer is 42"}, answer)
    with timings.step("first invocation of another session"):
        answer = other.ask({})
    expect(answer == {"session": other.id, "turn": 1, "remembered_before": None}, answer)
    return first


def stream(session, timings):
    """Events arrive one by one while the agent is still producing them."""
    with timings.step(f"stream {STREAMED} events, {PAUSE * 1000:.0f} ms apart"):
        started = time.monotonic()
        answer = session.send({"stream": STREAMED, "pause": PAUSE})
        expect(answer["contentType"].startswith("text/event-stream"), answer["contentType"])
        numbers, arrivals = [], []
        for line in answer["response"].iter_lines(chunk_size=1):
            if line.startswith(b"data: "):
                arrivals.append(time.monotonic() - started)
                numbers.append(json.loads(line[6:])["number"])
                say(f"{arrivals[-1] * 1000:6.0f} ms  {line.decode()}")
    expect(numbers == list(range(1, STREAMED + 1)), numbers)
    spread = arrivals[-1] - arrivals[0]
    expect(spread > PAUSE * (STREAMED - 1) / 2, f"the events came within {spread:.2f} s, so they were held back")
    timings.add("… until its first event", arrivals[0])


def main():
    parser = argparse.ArgumentParser(description="Deploy an agent to a server of its own and talk to it.")
    parser.add_argument("freehold", type=Path, help="the built binary")
    parser.add_argument("agent", type=Path, help="the directory with the agent's code")
    arguments = parser.parse_args()
    timings = Timings()
    with tempfile.TemporaryDirectory(prefix="freehold-demo-") as scratch:
        data = Path(scratch) / "data"
        with timings.step("pack the agent and its dependencies"):
            zip_file = pack(arguments.agent, Path(scratch) / "code.zip", say)
        print("── start the server", flush=True)
        with server(arguments.freehold.resolve(), data) as address:
            read_environment(arguments.freehold.resolve(), data, address)
            arn = deploy(zip_file, timings)
            stream(converse(arn, timings), timings)
            print("── stop the server", flush=True)
    timings.print()
    print("\nEvery answer was as expected.")


if __name__ == "__main__":
    main()
