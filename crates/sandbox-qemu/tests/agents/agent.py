"""The contract suite's agent, on the standard library alone."""

import http.server
import os
import signal
import socket
import sys
import threading
import time
import uuid

STATE = {"count": 0, "gone": 0, "platform": None}


def place(path):
    """Where a file is that the suite knows by this path: on the machine's disk, or in its storage."""
    _, kind, name = path.split("/")
    return {"files": "/tmp/", "stored": "/mnt/data/"}[kind] + name


def say(line):
    """Says a line to the platform, on the connection that is open or, if it was closed, on a new one."""
    for which in (b"kept", b"new"):
        if which == b"new":
            STATE["platform"] = socket.create_connection(("127.0.0.1", 7070)).makefile("rwb")
        platform = STATE["platform"]
        if platform is None:
            continue
        try:
            platform.write(line)
            platform.flush()
            if heard := platform.readline():
                return which + b": " + heard.rstrip(b"\n")
        except OSError:
            pass
    return b"the platform says nothing"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 0

    def log_message(self, *_):
        pass

    def chunks(self):
        """The request's body as it arrives."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            left = int(self.headers.get("Content-Length") or 0)
            while left and (chunk := self.rfile.read1(min(left, 65536))):
                left -= len(chunk)
                yield chunk

    def body(self):
        return b"".join(self.chunks())

    def answer(self, body, status=200, kind="text/plain"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def begin_stream(self, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/ping":
            self.answer(b'{"status":"Healthy"}', kind="application/json")
        elif path == "/gone":
            self.answer(str(STATE["gone"]).encode())
        elif path == "/ticks":
            self.ticks()
        elif path == "/hang":
            threading.Event().wait()
        elif path == "/exit":
            print("leaving", file=sys.stderr, flush=True)
            os._exit(3)
        elif path == "/exit-later":
            self.answer(b"goodbye")
            os._exit(0)
        elif path == "/self":
            with open("/proc/sys/kernel/random/boot_id") as file:
                boot_id = file.read().strip()
            facts = [os.urandom(16).hex(), str(uuid.uuid4()), os.uname().nodename, boot_id, repr(time.time())]
            self.answer(" ".join(facts).encode())
        elif path == "/spawn":
            self.answer(self.spawn().encode())
        elif path == "/fill":
            self.answer(self.fill().encode())
        elif path == "/allocate":
            self.answer(self.allocate().encode())
        elif path.startswith(("/files/", "/stored/")):
            try:
                with open(place(path), "rb") as file:
                    self.answer(file.read())
            except FileNotFoundError:
                self.answer(b"no such file", 404)
        else:
            self.answer(b"no such path", 404)

    def do_PUT(self):
        with open(place(self.path), "wb") as file:
            for chunk in self.chunks():
                file.write(chunk)
        self.answer(b"")

    def do_POST(self):
        if self.path == "/invocations":
            body = self.body().decode() or "null"
            STATE["count"] += 1
            self.answer(b'{"count":%d,"received":%s}' % (STATE["count"], body.encode()), kind="application/json")
        elif self.path == "/echo":
            self.begin_stream("application/octet-stream")
            for chunk in self.chunks():
                self.chunk(chunk)
            self.chunk(b"")
        elif self.path == "/say":
            self.answer(say(self.body() + b"\n"))
        elif self.path == "/print":
            line = self.body().decode()
            print(line, flush=True)
            print(line, file=sys.stderr, flush=True)
            self.answer(b"")
        else:
            self.body()
            self.answer(b"no such path", 404)

    def ticks(self):
        self.begin_stream("text/event-stream")
        number = 0
        try:
            while True:
                self.chunk(b"data: %d\n\n" % number)
                number += 1
                time.sleep(0.01)
        except OSError:
            STATE["gone"] += 1
            self.close_connection = True

    def spawn(self):
        children = []
        try:
            while True:
                pid = os.fork()
                if pid == 0:
                    signal.pause()
                children.append(pid)
        except OSError as error:
            return f"{len(children)} {error.strerror}"
        finally:
            for pid in children:
                os.kill(pid, signal.SIGKILL)
            for pid in children:
                os.waitpid(pid, 0)

    def fill(self):
        written = 0
        try:
            with open("/tmp/full", "wb", buffering=0) as file:
                while True:
                    written += file.write(bytes(1 << 20))
        except OSError as error:
            return f"{written >> 20} {error.strerror}"
        finally:
            os.unlink("/tmp/full")

    def allocate(self):
        pid = os.fork()
        if pid == 0:
            kept = []
            while True:
                kept.append(os.urandom(1 << 20))
        _, status = os.waitpid(pid, 0)
        return str(os.WTERMSIG(status)) if os.WIFSIGNALED(status) else "exited"


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


print("agent is starting", flush=True)
Server(("127.0.0.1", 8080), Handler).serve_forever()
