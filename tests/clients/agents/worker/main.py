"""Goes on working between requests, and says of itself how busy it is."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAUSE = 0.1
state = {"work": False, "restless": False, "steps": 0}


def work():
    while True:
        time.sleep(PAUSE)
        state["steps"] += state["work"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        health = {"status": "HealthyBusy" if state["work"] else "Healthy"}
        if state["restless"]:
            # The mistake that is easily made: this is when the status was asked for, not when it changed.
            health["time_of_last_update"] = time.time()
        self.answer(health)

    def do_POST(self):
        state.update(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.answer(state)

    def answer(self, document):
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        print(format % arguments, flush=True)


if __name__ == "__main__":
    threading.Thread(target=work, daemon=True).start()
    ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
