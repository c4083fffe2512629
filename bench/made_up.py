"""Both ends of a search that is measured: an embedder of made-up vectors before the server, and a client that does as
little as it can."""

import http.client
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


class MadeUp:
    """A provider in OpenAI's format that knows the vectors of some texts, whatever blanks are at their ends."""

    def __init__(self, vectors):
        # As text: what is measured is not how fast Python writes numbers.
        self.vectors = {text: json.dumps(vector) for text, vector in vectors.items()}
        # A server asks something of its own first, to learn how long vectors are.
        self.vectors["?"] = next(iter(self.vectors.values()))
        made_up = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Else the answer's second part waits for the first one to be acknowledged.
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = made_up.answer(asked["input"]).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, texts):
        numbers = [self.vectors[text.rstrip()] for text in texts]
        data = [f'{{"object":"embedding","index":{at},"embedding":{vector}}}' for at, vector in enumerate(numbers)]
        return '{"object":"list","model":"made-up","data":[%s],"usage":{"prompt_tokens":1,"total_tokens":1}}' % ",".join(data)

    def round_trips(self, texts):
        """Seconds that it takes to be asked for each text, on one connection."""
        connection = http.client.HTTPConnection(self.address)
        return [exchange(connection, "/v1/embeddings", json.dumps({"input": [text]}), {})[0] for text in texts]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Signed:
    """Asks for one target over and over, on one connection; signing is not on the clock."""

    def __init__(self, address, exports, target):
        self.url, self.target, self.region = f"http://{address}{target}", target, exports["AWS_REGION"]
        self.credentials = Credentials(exports["AWS_ACCESS_KEY_ID"], exports["AWS_SECRET_ACCESS_KEY"])
        self.connection = http.client.HTTPConnection(address)

    def ask(self, body):
        """How many seconds the answer took, which has to be by words and meaning."""
        body = json.dumps(body)
        request = AWSRequest("POST", self.url, data=body, headers={"Content-Type": "application/json"})
        SigV4Auth(self.credentials, "bedrock-agentcore", self.region).add_auth(request)
        taken, answer = exchange(self.connection, self.target, body, dict(request.headers))
        if b'"hybrid"' not in answer:
            raise SystemExit(f"this was not found by words and meaning: {answer[:500]}")
        return taken


def exchange(connection, target, body, headers):
    """Seconds, and the answer."""
    begun = time.monotonic()
    connection.request("POST", target, body, headers)
    response = connection.getresponse()
    answer = response.read()
    taken = time.monotonic() - begun
    if response.status != 200:
        raise SystemExit(f"{target} answered {response.status}: {answer[:500]}")
    return taken, answer
