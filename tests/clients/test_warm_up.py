"""What an agent loads at its warm-up is loaded once, for every session."""

import pytest

from servers import Agent, archive

pytestmark = pytest.mark.vm

MAIN = '''
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

loaded = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(200, {"status": "Healthy"})

    def do_POST(self):
        if self.path != "/warm":
            self.answer(200, {"loaded": loaded})
        elif os.environ.get("MODEL") == "missing":
            print("model.bin is missing", flush=True)
            self.answer(500, {"error": "cannot load"})
        else:
            loaded.append(os.urandom(8).hex())
            self.answer(200, {})

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
'''
HOOKS = {"build": {"warmup": {"action": {"httpPost": {"path": "/warm"}}}}}


def test_it_happens_once(server):
    agent = Agent.deploy("warm", archive({"main.py": MAIN}), hooksConfiguration=HOOKS)
    sessions = [agent.session(), agent.session()]
    one, other = [session.ask({})["loaded"] for session in sessions]
    assert len(one) == 1
    assert one == other
    agent.delete()


def test_a_failure_says_why(server):
    agent, shown = Agent.create(
        "cold", archive({"main.py": MAIN}), hooksConfiguration=HOOKS, environmentVariables={"MODEL": "missing"}
    )
    assert shown["status"] == "CREATE_FAILED"
    reason = shown["failureReason"]
    assert 'POST /warm: status 500 and {"error": "cannot load"}' in reason
    assert "model.bin is missing" in reason
    agent.delete()
