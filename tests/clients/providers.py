"""Providers of models and of vectors, started by the tests, in OpenAI's format: small, and the same each time."""

import base64
import json
import re
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from zlib import crc32

# What is the same to somebody who understands it, and shares no word.
CONCEPTS = {
    "automobile": "car", "vehicle": "car", "kitten": "cat", "feline": "cat", "physician": "doctor", "medic": "doctor",
    "purchase": "buy", "bought": "buy", "home": "house", "dwelling": "house",
}  # fmt: skip
# What says nothing about a text's meaning.
SMALL = set("a an and are does has have he her his in is it its of on she that the to was what where which who".split())


def meaning(text, dimension):
    """A vector for a text: its words as what they stand for, and these by three letters each. Numbers mean nothing."""
    vector = [0.0] * dimension
    # Nothing has no direction, so everything has a little of one.
    vector[0] = 0.1
    for word in re.findall(r"[a-z]+", text.lower()):
        if word in SMALL:
            continue
        word = f"<{CONCEPTS.get(word, word)}>"
        for start in range(len(word) - 2):
            vector[crc32(word[start : start + 3].encode()) % dimension] += 1.0
    return vector


class Provider:
    """A provider that answers when it may: it can hang up on everybody, or hold what it is asked."""

    def __init__(self, answer=None, dimension=256):
        self.answer, self.dimension = answer, dimension
        self.away = False
        # How many requests there were, and which of them is the first that has to wait.
        self.asked, self.last, self.changed = 0, None, threading.Condition()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if provider.away:
                    self.close_connection = True
                    return
                provider.wait()
                said = provider.vectors(body) if self.path == "/v1/embeddings" else provider.speech(body)
                content = json.dumps(said).encode()
                try:
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    # Whoever asked was killed.
                    self.close_connection = True

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self):
        """Counts a request, and lets it go on as soon as it may."""
        with self.changed:
            self.asked += 1
            number = self.asked
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.last is None or number <= self.last)

    def hold_after(self, requests):
        """Holds what is asked after so many more requests."""
        with self.changed:
            self.last = self.asked + requests

    def held(self):
        """Waits until a request is held."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.asked > self.last, 60), "nothing was asked"

    def release(self):
        with self.changed:
            self.last = None
            self.changed.notify_all()

    def vectors(self, body):
        vectors = [meaning(text, self.dimension) for text in body["input"]]
        packed = [base64.b64encode(struct.pack(f"<{self.dimension}f", *vector)).decode() for vector in vectors]
        data = [{"object": "embedding", "index": index, "embedding": row} for index, row in enumerate(packed)]
        return {"object": "list", "model": body["model"], "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}}

    def speech(self, body):
        system, user = ("\n".join(text(row) for row in body["messages"] if row["role"] == role) for role in ("system", "user"))
        message = {"role": "assistant", "content": self.answer(system, user)}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        return {"id": "c", "object": "chat.completion", "created": 0, "model": body["model"], "choices": [choice], "usage": usage}

    def embedder(self, model="meanings"):
        """The tables of the models file that make it the embedder."""
        return f"""
[providers.far]
kind = "openai"
base-url = "http://{self.address}/v1"
retries = 0

[embedders.default]
kind = "openai"
provider = "far"
model = "{model}"
"""

    def model(self):
        """The tables that make it the model."""
        return f"""
[providers.speaker]
kind = "openai"
base-url = "http://{self.address}/v1"

[aliases.default]
targets = [{{ provider = "speaker", model = "speaker" }}]
"""

    def stop(self):
        self.release()
        self.server.shutdown()
        self.server.server_close()


def text(message):
    content = message["content"]
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
