"""The same agent with nothing but Python's standard library: the contract is small.

`GET /ping` says that the agent is well, `POST /invocations` is an invocation. Both on port 8080.
"""

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
LONGEST_PAYLOAD = 1024 * 1024


class Agent:
    """What the agent knows; one process, one session."""

    def __init__(self):
        self.lock = Lock()
        self.turns = 0
        self.remembered = None

    def take_turn(self, payload, session):
        with self.lock:
            self.turns += 1
            before = self.remembered
            self.remembered = payload.get("remember", before)
            return {"session": session, "turn": self.turns, "remembered_before": before}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    agent = Agent()

    def do_GET(self):
        if self.path == "/ping":
            self.answer(200, {"status": "Healthy"})
        else:
            self.answer(404, {"error": "not found"})

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        if self.path != "/invocations":
            self.close_connection = True
            return self.answer(404, {"error": "not found"})
        if length > LONGEST_PAYLOAD:
            self.close_connection = True
            return self.answer(413, {"error": "the payload is too long"})
        try:
            payload = json.loads(self.rfile.read(length) or b"{}")
        except ValueError as error:
            return self.answer(400, {"error": "Invalid JSON", "details": str(error)})
        if not isinstance(payload, dict):
            return self.answer(400, {"error": "the payload has to be a JSON object"})
        if "stream" in payload:
            return self.count_aloud(int(payload["stream"]), float(payload.get("pause", 0.2)))
        return self.answer(200, self.agent.take_turn(payload, self.headers.get(SESSION_HEADER)))

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def count_aloud(self, many, pause):
        """Server-sent events, each written as its own HTTP chunk the moment it exists."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number in range(1, many + 1):
            event = b"data: " + json.dumps({"number": number}).encode() + b"\n\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
            time.sleep(pause)
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format, *arguments):
        print(format % arguments, flush=True)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("0.0.0.0", 8080), Handler)
    server.daemon_threads = True
    server.serve_forever()
