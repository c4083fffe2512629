"""Opens connections while it warms up, and tells what has become of them."""

import errno
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HERE = ("127.0.0.1", 9999)
# Nobody's: an address for documentation.
OUTSIDE = ("192.0.2.1", 80)

heard = []
served = {"now": 0, "whole": 0, "torn": []}
state = {}


def listen(listener):
    connection, _ = listener.accept()
    for line in connection.makefile():
        heard.append(line.strip())
        connection.sendall(line.upper().encode())


def warm_up():
    listener = socket.create_server(HERE)
    threading.Thread(target=listen, args=(listener,), daemon=True).start()
    state["wire"] = socket.create_connection(HERE).makefile("rw")
    say("warm")
    begun = time.monotonic()
    try:
        socket.create_connection(OUTSIDE, timeout=30)
        outcome = "connected"
    except OSError as error:
        outcome = errno.errorcode.get(error.errno, str(error))
    state["outside"] = {"outcome": outcome, "seconds": time.monotonic() - begun}


def say(word):
    state["wire"].write(word + "\n")
    state["wire"].flush()
    return state["wire"].readline().strip()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle(self):
        """One connection: it ends when its other side closes it, or it is torn."""
        served["now"] += 1
        try:
            super().handle()
            served["whole"] += 1
        except OSError as error:
            served["torn"].append(type(error).__name__)
        finally:
            served["now"] -= 1

    def do_GET(self):
        self.answer({"status": "Healthy"})

    def do_POST(self):
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/warm":
            warm_up()
            self.answer({})
        else:
            answer = say(json.loads(content)["say"])
            self.answer({"answer": answer, "heard": heard, "outside": state["outside"], "served": served})

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
