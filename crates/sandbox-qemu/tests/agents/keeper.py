"""An agent that keeps notes in its storage, and counts in its memory how often it was asked."""

import http.server
import os

PLACE = "/mnt/data"
STATE = {"asked": 0}


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        STATE["asked"] += 1
        path, _, argument = self.path.partition("?")
        self.answer(getattr(self, path.strip("/"))(argument))

    def ping(self, _):
        return '{"status":"Healthy"}'

    def asked(self, _):
        return str(STATE["asked"])

    def list(self, _):
        return ",".join(sorted(os.listdir(PLACE)))

    def write(self, argument):
        name, text = argument.split("=")
        try:
            with open(f"{PLACE}/{name}", "w") as file:
                file.write(text)
        except OSError as error:
            return error.strerror
        return "written"

    def flush(self, argument):
        fd = os.open(f"{PLACE}/{argument}", os.O_RDWR)
        os.fsync(fd)
        os.close(fd)
        return "flushed"

    def read(self, argument):
        with open(f"{PLACE}/{argument}") as file:
            return file.read()

    def hold(self, argument):
        STATE["held"] = open(f"{PLACE}/{argument}", "a")
        STATE["held"].write("held")
        STATE["held"].flush()
        return "held"

    def fill(self, _):
        written = 0
        try:
            with open(f"{PLACE}/full", "wb", buffering=0) as file:
                while True:
                    written += file.write(bytes(1 << 20))
        except OSError as error:
            return f"{written >> 20} {error.strerror}"
        finally:
            os.unlink(f"{PLACE}/full")

    def leave(self, _):
        os._exit(3)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


Server(("127.0.0.1", 8080), Handler).serve_forever()
