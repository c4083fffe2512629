"""What agents may call from inside their machines, and what becomes of it when either side is not as it should be."""

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from botocore.exceptions import ClientError, HTTPClientError

import ours
from conftest import AGENTS
from servers import ROOT, Agent, Server

sys.path.insert(0, str(ROOT / "examples"))
from pack import pack  # noqa: E402

pytestmark = pytest.mark.vm

# What one machine may have open to the platform at once.
MOST_CONNECTIONS = 64

MODELS = """
[providers.scripted]
kind = "scripted"
script = "script.toml"

[aliases.default]
targets = [{ provider = "scripted", model = "any" }]

[providers.silent]
kind = "openai"
base-url = "http://ADDRESS/v1"

[aliases.silent]
targets = [{ provider = "silent", model = "any" }]
"""

SCRIPT = """
[[reply]]
say = "Here."
"""


class Silent:
    """A provider that is asked and does not answer."""

    def __init__(self):
        self.asked, self.over = threading.Event(), threading.Event()
        silent = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_POST(self):
                silent.asked.set()
                silent.over.wait(120)
                self.close_connection = True

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def silent():
    running = Silent()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def own(silent, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("inside"))
    server.data.mkdir(mode=0o700)
    (server.data / "script.toml").write_text(SCRIPT)
    (server.data / "models.toml").write_text(MODELS.replace("ADDRESS", silent.address))
    server.start()
    try:
        with server.entered():
            zipped = tmp_path_factory.mktemp("caller") / "agent.zip"
            pack(AGENTS / "caller", zipped)
            server.agent = Agent.deploy("caller", zipped.read_bytes())
            yield server
    finally:
        server.stop()


def test_an_agent_may_not_manage_the_server(own):
    session = own.agent.session()
    refused = session.ask({"do": "manage"})
    assert refused["status"] == 403 and refused["Code"] == "AccessDeniedException"
    assert "ListAgentRuntimes" in refused["Message"]
    session.stop()


def test_an_agent_that_holds_all_its_connections_hurts_nobody_else(own):
    greedy, other = own.agent.session(), own.agent.session()
    assert greedy.ask({"do": "hold", "connections": MOST_CONNECTIONS}) == MOST_CONNECTIONS
    begun = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(greedy.ask, {"do": "ask", "prompt": "hello"})
        assert other.ask({"do": "ask", "prompt": "hello"}) == "Here."
        assert greedy.ask({"do": "hold", "connections": 0}) == MOST_CONNECTIONS, "it still takes requests"
        # Whoever says nothing is hung up on after a while, which makes room.
        assert waiting.result(120) == "Here."
    assert time.monotonic() - begun > 5, "it had to wait"
    greedy.stop()
    other.stop()


def test_a_server_that_is_killed_during_an_agents_call_goes_on_afterwards(own, silent):
    session = own.agent.session()
    assert session.ask({"do": "ask", "prompt": "hello"}) == "Here."
    wait_until(lambda: calls(own, session) == 1, "the call is counted")
    with ThreadPoolExecutor(1) as pool:
        cut = pool.submit(session.ask, {"do": "ask", "model": "silent", "prompt": "hello"})
        assert silent.asked.wait(60), "the model is asked"
        own.kill()
        with pytest.raises((ClientError, HTTPClientError)):
            cut.result(60)
    own.start()
    own.enter_environment()
    other = own.agent.session()
    assert other.ask({"do": "ask", "prompt": "hello"}) == "Here."
    wait_until(lambda: calls(own, other) == 1, "the call is counted")
    assert calls(own, session) == 1, "what was answered is counted once, what was cut not at all"


def calls(server, session):
    """How often models answered a session."""
    lines = ours.call(server, "GET", "models/usage?by=session")["lines"]
    return sum(line["calls"] for line in lines if line.get("session") == session.id)


def wait_until(holds, what):
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.1)
