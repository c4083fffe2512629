"""An agent that loads something slow when it is warmed up. `warm.py` takes the warm-up on the program's own port,
`warm.py 8081` on another one, and `warm.py fail` cannot load it."""

import http.server
import os
import sys
import threading

STATE = {"loads": 0, "by": "nobody"}


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, body, status=200):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/loaded":
            self.answer(f"{STATE['loads']} by {STATE['by']}".encode())
        else:
            self.answer(b'{"status":"Healthy"}')

    def do_POST(self):
        if self.path != "/warm":
            self.answer(b"no such path", 404)
        elif "fail" in sys.argv:
            print("model.bin is missing", file=sys.stderr, flush=True)
            self.answer(b'{"error":"cannot load"}', 500)
        elif "die" in sys.argv:
            os._exit(7)
        elif "hang" in sys.argv:
            threading.Event().wait()
        else:
            STATE["loads"] += 1
            STATE["by"] = os.uname().nodename
            self.answer(b"")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


if "8081" in sys.argv:
    threading.Thread(target=Server(("127.0.0.1", 8081), Handler).serve_forever, daemon=True).start()
Server(("127.0.0.1", 8080), Handler).serve_forever()
