"""Keeps what it is told after a restore, and draws its random numbers anew then."""

import json
import random
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

told = []
at_import = random.random()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(200, {"status": "Healthy"})

    def do_POST(self):
        content = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        if self.path == "/restored":
            told.append(content["reason"])
            random.seed()
            self.answer(200, {})
        elif self.path == "/refuse":
            self.answer(500, {"error": "not now"})
        else:
            self.answer(200, {"told": told, "drawn_at_import": at_import, "drawn_now": random.random()})

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        print(format % arguments, flush=True)


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
