"""The OpenAI client, unmodified, against models that play a script."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel

from servers import Server
from weights import directory, needs_weights

SCRIPT = """
[[reply]]
user = 'weather in (?<city>\\w+)'
say = "Let me look."
call = [{ tool = "weather", input = { city = "$city" } }]

[[reply]]
tool-result = '(?<degrees>-?\\d+)'
say = ["It is ", "$degrees", " degrees."]

[[reply]]
user = 'think'
think = "A moment."
say = "Done."

[[reply]]
user = 'slowly'
pause-millis = 300
say = ["one ", "two ", "three ", "four ", "five ", "six ", "seven ", "eight"]

[[reply]]
user = 'break off'
say = ["Half an ", "ans"]
fail = "unavailable"
message = "The provider broke off."

[[reply]]
user = 'too much'
fail = "throttled"
message = "Fewer requests, please."

[[reply]]
user = 'as json'
say = '{"name": "Ulm", "degrees": 7}'

[[reply]]
user = 'on and on'
say = "and on"
stop = "max_tokens"

[[reply]]
user = 'picture'
say = "A cat."

[[reply]]
system = 'pirate'
say = "Arr."

[[reply]]
user = 'Hello'
say = ["Hel", "lo ", "there."]
usage = { input = 5, output = 3, cache-read = 2 }
"""

MODELS = """
[providers.scripted]
kind = "scripted"
script = "script.toml"

[aliases.default]
targets = [{ provider = "scripted", model = "any" }]

[providers.endless]
kind = "openai"
base-url = "http://127.0.0.1:ENDLESS/v1"

[aliases.endless]
targets = [{ provider = "endless", model = "any" }]
"""

WEATHER = {
    "name": "weather",
    "description": "Tells the weather.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
CHAT_TOOLS = [{"type": "function", "function": WEATHER}]
TOOLS = [{"type": "function", **WEATHER}]


class Endless(ThreadingHTTPServer):
    """A provider that talks until nobody listens any more."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), EndlessAnswer)
        self.left_alone = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class EndlessAnswer(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        choice = {"index": 0, "delta": {"role": "assistant", "content": "and "}, "finish_reason": None}
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
        try:
            while True:
                self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
                time.sleep(0.02)
        except OSError:
            self.server.left_alone.set()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def endless():
    provider = Endless()
    yield provider
    provider.shutdown()


@pytest.fixture(scope="module")
def scripted(tmp_path_factory, endless):
    """A server with a model; nobody else's environment is touched."""
    running = Server(tmp_path_factory.mktemp("openai"))
    running.data.mkdir(mode=0o700)
    (running.data / "script.toml").write_text(SCRIPT)
    (running.data / "models.toml").write_text(models(endless))
    running.start()
    yield running
    running.stop()


def models(endless):
    return MODELS.replace("ENDLESS", str(endless.server_port))


@pytest.fixture(scope="module")
def exports(scripted):
    return scripted.environment()[0]


@pytest.fixture
def client(exports):
    with OpenAI(base_url=exports["OPENAI_BASE_URL"], api_key=exports["OPENAI_API_KEY"], max_retries=0) as client:
        yield client


def user(text):
    return [{"role": "user", "content": text}]


def test_chat(client):
    answer = client.chat.completions.create(model="default", messages=user("Hello"))
    assert answer.choices[0].message.content == "Hello there."
    assert answer.choices[0].finish_reason == "stop" and answer.model == "default"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (7, 3, 10)
    assert answer.usage.prompt_tokens_details.cached_tokens == 2


def test_chat_streams(client):
    chunks = list(
        client.chat.completions.create(
            model="default", messages=user("Hello"), stream=True, stream_options={"include_usage": True}
        )
    )
    assert [c.choices[0].delta.content for c in chunks if c.choices and c.choices[0].delta.content] == [
        "Hel", "lo ", "there."
    ]
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens == 10
    assert len({c.id for c in chunks}) == 1


def test_pieces_arrive_while_the_answer_is_being_made(client):
    begun = time.monotonic()
    arrived = []
    for chunk in client.chat.completions.create(model="default", messages=user("slowly"), stream=True):
        if chunk.choices[0].delta.content:
            arrived.append(time.monotonic() - begun)
    assert len(arrived) == 8
    # Seven pauses of 0.3 s: the first piece must not wait for the last.
    assert arrived[0] < arrived[-1] - 1.5


def test_tools(client):
    messages = user("What is the weather in Ulm?")
    first = client.chat.completions.create(model="default", messages=messages, tools=CHAT_TOOLS)
    choice = first.choices[0]
    assert choice.finish_reason == "tool_calls" and choice.message.content == "Let me look."
    [call] = choice.message.tool_calls
    assert call.function.name == "weather" and json.loads(call.function.arguments) == {"city": "Ulm"}
    messages += [choice.message, {"role": "tool", "tool_call_id": call.id, "content": "-3"}]
    second = client.chat.completions.create(model="default", messages=messages, tools=CHAT_TOOLS)
    assert second.choices[0].message.content == "It is -3 degrees."


def test_tools_stream_through_the_clients_own_accumulator(client):
    with client.chat.completions.stream(
        model="default", messages=user("weather in Ulm"), tools=CHAT_TOOLS
    ) as stream:
        kinds = {event.type for event in stream}
        final = stream.get_final_completion()
    assert "tool_calls.function.arguments.done" in kinds
    [call] = final.choices[0].message.tool_calls
    assert json.loads(call.function.arguments) == {"city": "Ulm"}


def test_thoughts_are_shown(client):
    answer = client.chat.completions.create(model="default", messages=user("think"))
    assert answer.choices[0].message.reasoning_content == "A moment."
    chunks = client.chat.completions.create(model="default", messages=user("think"), stream=True)
    thoughts = [getattr(c.choices[0].delta, "reasoning_content", None) for c in chunks]
    assert "".join(filter(None, thoughts)) == "A moment."


def test_roles_and_pictures(client):
    for role in ("system", "developer"):
        messages = [{"role": role, "content": "Speak like a pirate."}] + user("Who are you?")
        answer = client.chat.completions.create(model="default", messages=messages)
        assert answer.choices[0].message.content == "Arr."
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    content = [{"type": "text", "text": "What is in this picture?"}, picture]
    answer = client.chat.completions.create(model="default", messages=user(content))
    assert answer.choices[0].message.content == "A cat."
    picture["image_url"]["url"] = "https://example.com/cat.png"
    with pytest.raises(openai.BadRequestError, match="not fetched") as refused:
        client.chat.completions.create(model="default", messages=user(content))
    assert refused.value.param == "messages[0].content[1].image_url.url"


class City(BaseModel):
    name: str
    degrees: int


def test_structured_answers_are_parsed(client):
    answer = client.chat.completions.parse(model="default", messages=user("Ulm as json"), response_format=City)
    assert answer.choices[0].message.parsed == City(name="Ulm", degrees=7)
    answer = client.responses.parse(model="default", input="Ulm as json", text_format=City)
    assert answer.output_parsed == City(name="Ulm", degrees=7)


def test_an_answer_that_was_cut_says_so(client):
    answer = client.chat.completions.create(model="default", messages=user("on and on"))
    assert answer.choices[0].finish_reason == "length"
    answer = client.responses.create(model="default", input="on and on")
    assert answer.status == "incomplete" and answer.incomplete_details.reason == "max_output_tokens"


def test_responses(client):
    answer = client.responses.create(model="default", input="Hello", instructions="Be kind.", store=True)
    assert answer.output_text == "Hello there." and answer.status == "completed"
    assert answer.usage.input_tokens == 7 and answer.usage.input_tokens_details.cached_tokens == 2
    assert answer.instructions == "Be kind." and answer.to_dict()["store"] is False


def test_responses_stream(client):
    events = list(client.responses.create(model="default", input="Hello", stream=True))
    assert [event.type for event in events] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        *["response.output_text.delta"] * 3,
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[-1].response.output_text == "Hello there."


def test_responses_call_tools_over_turns(client):
    conversation = user("What is the weather in Ulm?")
    with client.responses.stream(model="default", input=conversation, tools=TOOLS) as stream:
        for _ in stream:
            pass
        first = stream.get_final_response()
    [call] = [item for item in first.output if item.type == "function_call"]
    assert call.name == "weather" and json.loads(call.arguments) == {"city": "Ulm"}
    conversation += [item.to_dict() for item in first.output]
    conversation.append({"type": "function_call_output", "call_id": call.call_id, "output": "21"})
    second = client.responses.create(model="default", input=conversation, tools=TOOLS)
    assert second.output_text == "It is 21 degrees."


def test_what_would_need_memory_is_refused(client):
    with pytest.raises(openai.BadRequestError, match="nothing is stored"):
        client.responses.create(model="default", input="Hello", previous_response_id="resp_1")
    with pytest.raises(openai.BadRequestError, match="not hosted"):
        client.responses.create(model="default", input="Hello", tools=[{"type": "web_search"}])
    with pytest.raises(openai.BadRequestError, match="one answer"):
        client.chat.completions.create(model="default", messages=user("Hello"), n=2)


def test_an_error_within_a_stream_reaches_the_program(client):
    said = []
    with pytest.raises(openai.APIError, match="broke off"):
        for chunk in client.chat.completions.create(model="default", messages=user("break off"), stream=True):
            said.append(chunk.choices[0].delta.content or "")
    assert "".join(said) == "Half an ans"
    *_, error, failed = client.responses.create(model="default", input="break off", stream=True)
    assert error.type == "error" and error.message == "The provider broke off."
    assert failed.type == "response.failed" and failed.response.error.code == "server_error"


def test_errors_have_the_clients_own_types(client):
    with pytest.raises(openai.RateLimitError, match="Fewer"):
        client.chat.completions.create(model="default", messages=user("too much"))
    with pytest.raises(openai.NotFoundError, match="freehold models add") as absent:
        client.chat.completions.create(model="absent", messages=user("Hello"))
    assert absent.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError, match="POST /v1/chat/completions"):
        client.images.generate(prompt="A cat.")
    with pytest.raises(openai.BadRequestError, match="messages"):
        client.chat.completions.create(model="default", messages="Hello")


def test_a_body_that_is_too_long_is_told(client):
    with pytest.raises(openai.APIStatusError, match="longer than") as refused:
        client.chat.completions.create(model="default", messages=user("x" * (33 << 20)))
    assert refused.value.status_code == 413


def test_models(client):
    assert "default" in [model.id for model in client.models.list()]
    assert client.models.retrieve("default").owned_by == "freehold"
    with pytest.raises(openai.NotFoundError, match="freehold models list"):
        client.models.retrieve("absent")


def test_without_an_embedder_there_are_no_vectors(client):
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="absent", input="Hello")


def test_strangers_are_told_how_to_get_a_key(client, exports):
    stranger = OpenAI(base_url=exports["OPENAI_BASE_URL"], api_key="sk-wrong", max_retries=0)
    with pytest.raises(openai.AuthenticationError, match="freehold keys create") as refused:
        stranger.models.list()
    assert refused.value.code == "invalid_api_key"


def test_a_key_of_ones_own_works_until_it_is_revoked(scripted, exports):
    printed = scripted.freehold("keys", "create", "laptop", "--json")
    created = json.loads(printed)
    own = OpenAI(base_url=exports["OPENAI_BASE_URL"], api_key=created["key"], max_retries=0)
    assert own.chat.completions.create(model="default", messages=user("Hello")).choices
    listed = scripted.freehold("keys", "list")
    assert created["id"] in listed and "laptop" in listed and created["key"] not in listed
    scripted.freehold("keys", "revoke", created["id"])
    with pytest.raises(openai.AuthenticationError, match="revoked"):
        own.models.list()
    assert "There is no API key" in scripted.freehold("keys", "revoke", created["id"], ok=False)


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_who_stops_listening_ends_the_call_at_the_provider(client, endless, api):
    endless.left_alone.clear()
    if api == "chat":
        stream = client.chat.completions.create(model="endless", messages=user("Go on."), stream=True)
    else:
        stream = client.responses.create(model="endless", input="Go on.", stream=True)
    for number, _ in enumerate(stream):
        if number == 10:
            break
    assert not endless.left_alone.is_set()
    stream.close()
    assert endless.left_alone.wait(10)


def test_many_streams_at_once(client):
    said = {}

    def ask(number):
        stream = client.chat.completions.create(model="default", messages=user("slowly"), stream=True)
        said[number] = "".join(chunk.choices[0].delta.content or "" for chunk in stream)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert set(said.values()) == {"one two three four five six seven eight"} and len(said) == 16
    assert time.monotonic() - begun < 16 * 2.1 / 2, "they did not wait for each other"


@needs_weights
def test_embeddings(scripted, endless, client):
    (scripted.data / "models.toml").write_text(models(endless) + f'\n[embedders.small]\nkind = "local"\npath = "{directory()}"\n')
    answer = None
    deadline = time.monotonic() + 60
    while answer is None:
        try:
            answer = client.embeddings.create(model="small", input=["a cat", "a kitten", "a tax form"])
        except openai.NotFoundError:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    cat, kitten, form = (item.embedding for item in answer.data)
    alike = lambda one, other: sum(a * b for a, b in zip(one, other))
    assert alike(cat, kitten) > alike(cat, form) and answer.usage.total_tokens > 0
    floats = client.embeddings.create(model="small", input="a cat", encoding_format="float").data[0].embedding
    assert alike(floats, cat) == pytest.approx(1, abs=1e-3)
    with pytest.raises(openai.BadRequestError, match="dimensions"):
        client.embeddings.create(model="small", input="a cat", dimensions=7)
