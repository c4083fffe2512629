"""Does what it is told and shows what it sees, with nothing but the standard library."""

import json
import os
import socket
import sys
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

turns = 0


def look():
    """What must differ from machine to machine."""
    return {
        "uuid4": str(uuid.uuid4()),
        "urandom": os.urandom(16).hex(),
        "hostname": socket.gethostname(),
        "boot_id": Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
        "machine_id": machine_id(),
        "time": time.time(),
        "uid": os.getuid(),
    }


def machine_id():
    path = Path("/etc/machine-id")
    return path.read_text().strip() if path.exists() else ""


def processes():
    """The command lines of all processes that can be seen."""
    lines = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            lines.append((directory / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip())
        except OSError:
            continue
    return lines


def write(path, text, flush=False):
    with open(path, "w") as file:
        file.write(text)
        if flush:
            file.flush()
            os.fsync(file.fileno())


def connect(host, port):
    """What becomes of a connection to there."""
    try:
        with socket.create_connection((host, port), timeout=3):
            return "connected"
    except OSError as error:
        return type(error).__name__


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(200, {"status": "Healthy"} if self.path == "/ping" else {})

    def do_POST(self):
        global turns
        turns += 1
        first, size = self.receive()
        wish = json.loads(first) if first[:1] == b"{" else {"do": "measure"}
        what = wish.get("do", "turn")
        if what == "turn":
            self.answer(200, {"turn": turns})
        elif what == "measure":
            self.answer(200, {"bytes": size})
        elif what == "produce":
            self.produce(wish["bytes"])
        elif what == "look":
            self.answer(200, look())
        elif what == "processes":
            self.answer(200, processes())
        elif what == "environment":
            self.answer(200, dict(os.environ))
        elif what == "headers":
            self.answer(200, {name.lower(): value for name, value in self.headers.items()})
        elif what == "write":
            write(**{name: wish[name] for name in ("path", "text", "flush") if name in wish})
            self.answer(200, {})
        elif what == "read":
            path = Path(wish["path"])
            self.answer(200, {"text": path.read_text() if path.exists() else None})
        elif what == "connect":
            self.answer(200, {"outcome": connect(wish["host"], wish["port"])})
        elif what == "refuse":
            self.answer(wish["status"], {"error": "refused as told"})
        elif what == "exit":
            print("leaving as told", file=sys.stderr, flush=True)
            os._exit(wish["code"])
        elif what == "wait":
            time.sleep(wish["seconds"])
            self.answer(200, {})
        elif what == "stream":
            self.stream(wish["events"], wish["pause"])
        else:
            self.answer(400, {"error": f"cannot {what}"})

    def receive(self):
        """The body's first part and the size of all of it: the rest is counted and let go."""
        first, size = b"", 0
        for part in self.parts():
            first, size = first or part, size + len(part)
        return first, size

    def parts(self):
        if "Content-Length" in self.headers:
            yield from self.blocks(int(self.headers["Content-Length"]))
            return
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield from self.blocks(size)
            self.rfile.readline()
        self.rfile.readline()

    def blocks(self, left):
        while left:
            block = self.rfile.read(min(left, 1 << 18))
            if not block:
                raise ConnectionError("the body broke off")
            left -= len(block)
            yield block

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def produce(self, size):
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(size))
        self.end_headers()
        block = b"x" * (1 << 18)
        for sent in range(0, size, len(block)):
            self.wfile.write(block[: size - sent])

    def stream(self, events, pause):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for number in range(events):
                event = f"data: {number} {time.time()}\n\n".encode()
                self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
                time.sleep(pause)
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            Path("/tmp/client-left").write_text("yes")
            self.close_connection = True

    def log_message(self, format, *arguments):
        print(format % arguments, flush=True)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("0.0.0.0", 8080), Handler)
    server.daemon_threads = True
    server.serve_forever()
