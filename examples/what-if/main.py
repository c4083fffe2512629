"""A travel planner that keeps the conversation where it costs nothing to write: in its own memory.

It says what is booked and what is left. Nothing of that is in a database; it is this process that remembers.
"""

import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BUDGET = re.compile(r"(?:have|spend) (\d+)")
BOOKING = re.compile(r"book (.+) for (\d+)")


class Planner:
    """One conversation."""

    def __init__(self):
        self.said = []
        self.left = 0
        self.booked = []

    def reply(self, text):
        self.said.append(text)
        if found := BUDGET.search(text):
            self.left = int(found[1])
            return f"You have {self.left} to spend."
        if found := BOOKING.search(text):
            what, price = found[1], int(found[2])
            if price > self.left:
                return f"No: {what} costs {price}, and {self.left} are left."
            self.left -= price
            self.booked.append(what)
            return f"Booked. {self.left} are left."
        return f"{', '.join(self.booked) or 'nothing'}; {self.left} left after {len(self.said)} messages."


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    planner = Planner()

    def do_GET(self):
        self.answer({"status": "Healthy"})

    def do_POST(self):
        payload = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        self.answer({"reply": self.planner.reply(payload["say"])})

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
    ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
