"""The way to a model: what the doors add, and how many requests pass, beside LiteLLM's proxy. All of them ask the same
upstream, a second server that answers from a script in OpenAI's format."""

import json
import os
import secrets
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager

import boto3

from servers import ROOT, Server
from table import ms, p50

PEER = ROOT / ".peers/litellm/bin/litellm"
CONNECTIONS = 16
SECONDS = 8
PAUSE = 0.05
SCRIPT = f"""
[[reply]]
model = "slow"
say = {json.dumps([f"{number} " for number in range(20)])}
pause-millis = {int(PAUSE * 1000)}

[[reply]]
say = {json.dumps([f"{number} " for number in range(20)])}
"""
UPSTREAM = """
[providers.scripted]
kind = "scripted"
script = "script.toml"

[aliases.fast]
targets = [{ provider = "scripted", model = "fast" }]

[aliases.slow]
targets = [{ provider = "scripted", model = "slow" }]
"""
MEASURED = """
[providers.upstream]
kind = "openai"
base-url = "{url}/v1"
api-key = {{ env = "BENCH_UPSTREAM_KEY" }}

[aliases.fast]
targets = [{{ provider = "upstream", model = "fast" }}]

[aliases.slow]
targets = [{{ provider = "upstream", model = "slow" }}]
"""
QUESTION = "What is the weather in Ulm, and what should I wear?"


def measure_models(table, directory):
    upstream = Server(directory / "upstream")
    upstream.data.mkdir(parents=True, mode=0o700)
    (upstream.data / "script.toml").write_text(SCRIPT)
    (upstream.data / "models.toml").write_text(UPSTREAM)
    upstream.start()
    try:
        key = upstream.environment()[0]["OPENAI_API_KEY"]
        server = Server(directory / "doors")
        server.configuration["BENCH_UPSTREAM_KEY"] = key
        server.data.mkdir(parents=True, mode=0o700)
        (server.data / "models.toml").write_text(MEASURED.format(url=f"http://{upstream.address}"))
        server.start()
        try:
            with server.entered():
                measure_added(table, upstream, server, key)
                measure_streaming(table)
            measure_peer(table, directory, upstream, server, key)
        finally:
            server.stop()
    finally:
        upstream.stop()


def measure_added(table, upstream, server, key):
    """One request after the other: the Converse door and the way to the upstream, beside the upstream alone."""
    alone = p50_of(chat(upstream.address, key, "fast", connections=1))
    body = json.dumps({"messages": [{"role": "user", "content": [{"text": QUESTION}]}]})
    through = p50_of(load(server.address, "/model/fast/converse", body, service="bedrock", connections=1))
    table.add("a model's answer from the upstream itself, whole, p50", ms(alone))
    table.add("… through the Converse door, p50", ms(through))
    table.add("… added by the Converse door", ms(through - alone), "≤ 2 ms", through - alone <= 0.002)


def measure_streaming(table):
    """When the pieces of an answer arrive that its model says one by one."""
    bedrock = boto3.client("bedrock-runtime")
    messages = [{"role": "user", "content": [{"text": QUESTION}]}]
    bedrock.converse_stream(modelId="fast", messages=messages)["stream"].close()
    begun = time.monotonic()
    stream = bedrock.converse_stream(modelId="slow", messages=messages)["stream"]
    arrived = [time.monotonic() - begun for event in stream if "contentBlockDelta" in event]
    apart = [later - earlier for earlier, later in zip(arrived, arrived[1:])]
    table.add(f"streamed, a piece every {ms(PAUSE)}: the first after", ms(arrived[0]))
    worst = max(abs(between - PAUSE) for between in apart)
    table.add("… and the others no further than this from their time", ms(worst), "≤ 25 ms", worst <= PAUSE / 2)


def measure_peer(table, directory, upstream, server, key):
    ours = chat(server.address, server.environment()[0]["OPENAI_API_KEY"], "fast")
    limit = a_second(chat(upstream.address, key, "fast"))
    table.add("chat completions a second, the upstream itself", f"{limit:,.0f}")
    table.add("… through this server", f"{a_second(ours):,.0f}")
    if not PEER.exists():
        table.add("… through LiteLLM's proxy", "not installed: scripts/setup peers")
        return
    master = f"sk-{secrets.token_hex(32)}"
    with litellm(directory, upstream, key, master) as address:
        theirs = chat(address, master, "fast")
    ratio = a_second(ours) / a_second(theirs)
    table.add("… through LiteLLM's proxy", f"{a_second(theirs):,.0f}")
    table.add("… this server / LiteLLM's proxy", f"{ratio:.1f}", "≥ 10", ratio >= 10)
    table.add("… p50 at that load", f"{ms(p50_of(ours))} / {ms(p50_of(theirs))}")


@contextmanager
def litellm(directory, upstream, key, master):
    """A proxy in front of the same upstream, with two workers for two processors and nothing logged."""
    configuration = directory / "litellm.json"
    model = {"model": "openai/fast", "api_base": f"http://{upstream.address}/v1", "api_key": key}
    configuration.write_text(json.dumps({"model_list": [{"model_name": "fast", "litellm_params": model}]}))
    port = free_port()
    command = [PEER, "--config", configuration, "--host", "127.0.0.1", "--port", str(port), "--num_workers", "2"]
    with open(directory / "litellm.log", "wb") as log:
        environment = os.environ | {"LITELLM_MASTER_KEY": master}
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=directory, env=environment)
    try:
        wait_until_live(f"http://127.0.0.1:{port}/health/liveliness", process)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until_live(url, process, budget=180):
    deadline = time.monotonic() + budget
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the proxy did not start")


def chat(address, key, model, connections=CONNECTIONS):
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": QUESTION}]})
    return load(address, "/v1/chat/completions", body, header=f"authorization: Bearer {key}", connections=connections)


def load(address, target, body, service="none", header=None, connections=CONNECTIONS):
    command = ["cargo", "run", "--quiet", "--release", "--locked", "--package", "bench-load", "--"]
    command += ["--address", address, "--seconds", str(SECONDS), "--connections", str(connections)]
    command += ["--method", "POST", "--service", service, "--header", "content-type: application/json"]
    command += ["--body", body] + (["--header", header] if header else []) + [target]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout)


def a_second(measured):
    return measured["requests"] / measured["seconds"]


def p50_of(measured):
    return measured["p50_ms"] / 1e3
