"""Embedders of every kind through the doors: one over HTTP in OpenAI's format, one that is another server's InvokeModel in
Bedrock's, and one on this machine where there are weights."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from servers import Server
from weights import directory, needs_weights

KEY = "a key of the far side"
TITAN, COHERE = "amazon.titan-embed-text-v2:0", "cohere.embed-english-v3"

NEAR = """
[providers.far-away]
kind = "openai"
base-url = "http://ADDRESS/v1"
api-key = { file = "KEY" }
retries = 0

[embedders."amazon.titan-embed-text-v2:0"]
kind = "openai"
provider = "far-away"
model = "counts-letters"

[embedders."cohere.embed-english-v3"]
kind = "openai"
provider = "far-away"
model = "counts-letters"
"""

FAR = """
[providers.near]
kind = "bedrock"
base-url = "http://ADDRESS"
region = "REGION"
access-key-id = { file = "DIRECTORY/id" }
secret-access-key = { file = "DIRECTORY/secret" }
retries = 0

[embedders.titan]
kind = "bedrock"
provider = "near"
model = "amazon.titan-embed-text-v2:0"

[embedders."cohere.embed-of-ours"]
kind = "bedrock"
provider = "near"
model = "cohere.embed-english-v3"
"""


class Upstream:
    """A provider of vectors that count letters. It remembers what it was asked."""

    def __init__(self):
        self.asked, self.letters = [], 26
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                known = self.headers["Authorization"] == f"Bearer {KEY}" and self.path == "/v1/embeddings"
                upstream.asked.append(body)
                answer = upstream.answer(body) if known else {"error": {"message": "who are you?"}}
                text = json.dumps(answer).encode()
                self.send_response(200 if known else 401)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, body):
        vectors = [counted(text, self.letters) for text in body["input"]]
        data = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)]
        return {"object": "list", "model": body["model"], "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}}

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def counted(text, letters=26):
    return [float(text.lower().count(chr(ord("a") + letter))) for letter in range(letters)]


def normalised(vector):
    length = sum(number * number for number in vector) ** 0.5
    return [number / length for number in vector]


@pytest.fixture(scope="module")
def upstream():
    running = Upstream()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def near(upstream, tmp_path_factory):
    place = tmp_path_factory.mktemp("near")
    (place / "key").write_text(KEY + "\n")
    yield from server(place / "data", NEAR.replace("ADDRESS", upstream.address).replace("KEY", str(place / "key")))


@pytest.fixture(scope="module")
def far(near, tmp_path_factory):
    place = tmp_path_factory.mktemp("far")
    exports, _ = near.environment()
    (place / "id").write_text(exports["AWS_ACCESS_KEY_ID"])
    (place / "secret").write_text(exports["AWS_SECRET_ACCESS_KEY"])
    table = FAR.replace("ADDRESS", near.address).replace("REGION", exports["AWS_REGION"])
    yield from server(place / "data", table.replace("DIRECTORY", str(place)))


def server(data, models):
    running = Server(data)
    running.data.mkdir(mode=0o700, parents=True)
    (running.data / "models.toml").write_text(models)
    running.start()
    yield running
    running.stop()


def invoke(server, model, body):
    exports, _ = server.environment()
    client = boto3.client(
        "bedrock-runtime",
        endpoint_url=f"http://{server.address}",
        region_name=exports["AWS_REGION"],
        aws_access_key_id=exports["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=exports["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}),
    )
    return json.loads(client.invoke_model(modelId=model, body=json.dumps(body))["body"].read())


def test_a_provider_of_openais_format_answers_invoke_model(near):
    answer = invoke(near, TITAN, {"inputText": "Abracadabra"})
    assert answer["embedding"] == pytest.approx(normalised(counted("Abracadabra")), abs=1e-6)
    answer = invoke(near, COHERE, {"texts": ["one", "two"], "input_type": "search_document"})
    for vector, text in zip(answer["embeddings"], ["one", "two"], strict=True):
        assert vector == pytest.approx(normalised(counted(text)), abs=1e-6)


def test_another_servers_invoke_model_is_a_provider(near, far, upstream):
    text = "through two servers"
    expected = pytest.approx(normalised(counted(text)), abs=1e-6)
    answer = invoke(far, "cohere.embed-of-ours", {"texts": [text], "input_type": "search_query"})
    assert answer["embeddings"][0] == expected
    tested = json.loads(far.freehold("models", "test", "titan", "--json"))
    assert tested["answered"] and tested["kind"] == "embedder", tested
    assert invoke(near, TITAN, {"inputText": text})["embedding"] == expected


def test_what_was_embedded_before_is_not_asked_again(near, upstream):
    text = hashlib.sha256(b"never asked before").hexdigest()
    first = invoke(near, TITAN, {"inputText": text})
    asked = len(upstream.asked)
    assert invoke(near, TITAN, {"inputText": text})["embedding"] == first["embedding"]
    assert len(upstream.asked) == asked


def test_a_provider_that_changes_its_dimension_is_refused(near, upstream):
    assert len(invoke(near, TITAN, {"inputText": "before"})["embedding"]) == 26
    upstream.letters = 20
    try:
        with pytest.raises(ClientError) as refused:
            invoke(near, TITAN, {"inputText": "a text that comes after"})
        assert "20 dimensions" in str(refused.value) and "26" in str(refused.value)
    finally:
        upstream.letters = 26
    assert len(invoke(near, TITAN, {"inputText": "and once more"})["embedding"]) == 26


@needs_weights
def test_weights_on_this_machine_answer_invoke_model(tmp_path):
    table = f'[embedders."{TITAN}"]\nkind = "local"\npath = "{directory()}"\n'
    for running in server(tmp_path / "data", table):
        texts = ("a cat", "a kitten", "a tax form")
        cat, kitten, form = (invoke(running, TITAN, {"inputText": text})["embedding"] for text in texts)
        alike = lambda one, other: sum(a * b for a, b in zip(one, other, strict=True))  # noqa: E731
        assert alike(cat, cat) == pytest.approx(1, abs=1e-5)
        assert alike(cat, kitten) > alike(cat, form) + 0.2
