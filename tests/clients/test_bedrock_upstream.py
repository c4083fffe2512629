"""A server whose models are Bedrock's, where Bedrock is another server of ours: what boto3 is told must not change
on the way."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from servers import Server

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
user = 'break off'
say = ["Half an ", "ans"]
fail = "throttled"
message = "The provider broke off."

[[reply]]
user = 'too much'
fail = "throttled"
message = "Fewer requests, please."
"""

NEAR = """
[providers.scripted]
kind = "scripted"
script = "script.toml"

[aliases."near:model/of one's own"]
targets = [{ provider = "scripted", model = "any" }]
"""

FAR = """
[providers.near]
kind = "bedrock"
base-url = "http://ADDRESS"
region = "REGION"
access-key-id = { file = "DIRECTORY/id" }
secret-access-key = { file = "DIRECTORY/secret" }
retries = 0

[aliases.far]
targets = [{ provider = "near", model = "near:model/of one's own" }]

[aliases.nowhere]
targets = [{ provider = "near", model = "nowhere" }]
"""

NEAR_MODEL = "near:model/of one's own"
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = {"tools": [{"toolSpec": {"name": "weather", "description": "Tells it.", "inputSchema": {"json": CITY}}}]}


@pytest.fixture(scope="module")
def near(tmp_path_factory):
    """The server that has the models."""
    running = Server(tmp_path_factory.mktemp("near"))
    running.data.mkdir(mode=0o700)
    (running.data / "script.toml").write_text(SCRIPT)
    (running.data / "models.toml").write_text(NEAR)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def keys(near, tmp_path_factory):
    """The key of the near server, where the far one reads it."""
    directory = tmp_path_factory.mktemp("keys")
    exports, _ = near.environment()
    (directory / "id").write_text(exports["AWS_ACCESS_KEY_ID"])
    (directory / "secret").write_text(exports["AWS_SECRET_ACCESS_KEY"] + "\n")
    return directory


@pytest.fixture(scope="module")
def far(near, keys, tmp_path_factory):
    """The server that asks the other one."""
    running = Server(tmp_path_factory.mktemp("far"))
    running.data.mkdir(mode=0o700)
    region = near.environment()[0]["AWS_REGION"]
    table = FAR.replace("ADDRESS", near.address).replace("REGION", region).replace("DIRECTORY", str(keys))
    (running.data / "models.toml").write_text(table)
    running.start()
    yield running
    running.stop()


def runtime(server):
    exports, _ = server.environment()
    return boto3.client(
        "bedrock-runtime",
        endpoint_url=f"http://{server.address}",
        region_name=exports["AWS_REGION"],
        aws_access_key_id=exports["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=exports["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}),
    )


def user(*content):
    return {"role": "user", "content": list(content)}


def streamed(server, model, messages):
    """The events, without what differs between any two calls."""
    events = []
    for event in runtime(server).converse_stream(modelId=model, messages=messages, toolConfig=TOOLS)["stream"]:
        if "metadata" in event:
            event = {"metadata": {"usage": event["metadata"]["usage"]}}
        events.append(event)
    return events


def both(near, far, messages):
    one, other = streamed(near, NEAR_MODEL, messages), streamed(far, "far", messages)
    assert one == other
    return other


def test_texts_thoughts_and_calls_pass_through_unchanged(near, far):
    thoughts = both(near, far, [user({"text": "think"})])
    assert {"contentBlockDelta": {"delta": {"text": "Done."}, "contentBlockIndex": 1}} in thoughts
    question = user({"text": "weather in Ulm"})
    events = both(near, far, [question])
    call = next(e["contentBlockStart"]["start"]["toolUse"] for e in events if "contentBlockStart" in e)
    assert call["name"] == "weather"
    wish = {"toolUse": {"toolUseId": call["toolUseId"], "name": "weather", "input": {"city": "Ulm"}}}
    result = {"toolResult": {"toolUseId": call["toolUseId"], "content": [{"json": {"degrees": -7}}]}}
    answer = both(near, far, [question, {"role": "assistant", "content": [wish]}, user(result)])
    texts = [e["contentBlockDelta"]["delta"]["text"] for e in answer if "contentBlockDelta" in e]
    assert "".join(texts) == "It is -7 degrees."
    assert any(e.get("messageStop") == {"stopReason": "end_turn"} for e in answer)


def test_a_whole_answer_says_the_same(far):
    answer = runtime(far).converse(modelId="far", messages=[user({"text": "weather in Ulm"})], toolConfig=TOOLS)
    assert answer["stopReason"] == "tool_use"
    assert answer["output"]["message"]["content"][1]["toolUse"]["input"] == {"city": "Ulm"}


def test_failures_keep_their_kind(far):
    with pytest.raises(ClientError) as refused:
        streamed(far, "far", [user({"text": "too much"})])
    assert refused.value.response["Error"]["Code"] == "ThrottlingException"
    with pytest.raises(EventStreamError, match="The provider broke off.") as broken:
        streamed(far, "far", [user({"text": "break off"})])
    assert broken.value.response["Error"]["Code"] == "throttlingException"
    with pytest.raises(ClientError) as unknown:
        streamed(far, "nowhere", [user({"text": "think"})])
    assert unknown.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_tokens_are_counted_there(near, far):
    messages = [user({"text": "How many tokens are these?"})]
    counts = [
        runtime(server).count_tokens(modelId=model, input={"converse": {"messages": messages}})["inputTokens"]
        for server, model in [(near, NEAR_MODEL), (far, "far")]
    ]
    assert counts[0] == counts[1] > 0


def test_a_key_is_read_anew_for_each_call(far, keys):
    """Last, since it meddles with the key."""
    secret = (keys / "secret").read_text()
    (keys / "secret").write_text("of-somebody-else")
    try:
        with pytest.raises(ClientError) as denied:
            streamed(far, "far", [user({"text": "think"})])
    finally:
        (keys / "secret").write_text(secret)
    assert denied.value.response["Error"]["Code"] == "AccessDeniedException"
    assert "of-somebody-else" not in str(denied.value)
    assert streamed(far, "far", [user({"text": "think"})])
