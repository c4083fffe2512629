"""boto3, unmodified, asks models through Bedrock's API: the models play a script."""

import json
import time

import boto3
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from servers import Server, client

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
say = ["one ", "two ", "three ", "four ", "five ", "six"]

[[reply]]
user = 'break off'
say = ["Half an ", "ans"]
fail = "failed"
message = "The provider broke off."

[[reply]]
user = 'too much'
fail = "throttled"
message = "Fewer requests, please."

[[reply]]
user = 'too late'
fail = "timeout"

[[reply]]
user = 'picture'
say = "A cat."

[[reply]]
user = 'whose address'
say = ["It is anna@", "example.org."]

[[reply]]
user = 'secret'
say = ["We call it Con", "dor."]

[[reply]]
user = 'I am \\{EMAIL\\}'
say = "Hello, whoever you are."

[[reply]]
user = 'Hello'
say = ["Hel", "lo ", "there."]
usage = { input = 5, output = 3, cache-read = 2 }
"""

NAMES = [
    "default",
    "us.anthropic.claude-sonnet-4-6",
    "amazon.nova-lite-v1:0",
    "amazon.titan-text-express-v1",
    "meta.llama3-8b-instruct-v1:0",
    "mistral.mistral-7b-instruct-v0:2",
    "cohere.command-r-v1:0",
    "openai.gpt-oss-120b-1:0",
]

MODELS = """
[providers.scripted]
kind = "scripted"
script = "script.toml"

[guardrails.careful]
words = ["Condor"]
blocked-input = "I cannot talk about this."
blocked-output = "I cannot say this."
[guardrails.careful.pii]
EMAIL = "anonymize"
CREDIT_DEBIT_CARD_NUMBER = "block"
[[guardrails.careful.regexes]]
name = "ticket"
pattern = 'T-\\d+'
action = "anonymize"
""" + "".join(f'[aliases."{name}"]\ntargets = [{{ provider = "scripted", model = "any" }}]\n' for name in NAMES)

TOOLS = {
    "tools": [
        {
            "toolSpec": {
                "name": "weather",
                "description": "Tells the weather.",
                "inputSchema": {"json": {"type": "object", "properties": {"city": {"type": "string"}}}},
            }
        }
    ]
}
CAREFUL = {"guardrailIdentifier": "careful", "guardrailVersion": "DRAFT", "trace": "enabled"}


@pytest.fixture(scope="module")
def scripted(tmp_path_factory):
    """A server with models."""
    running = Server(tmp_path_factory.mktemp("bedrock"))
    running.data.mkdir(mode=0o700)
    (running.data / "script.toml").write_text(SCRIPT)
    (running.data / "models.toml").write_text(MODELS)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def bedrock(scripted):
    with scripted.entered():
        yield client("bedrock-runtime")


def user(text):
    return [{"role": "user", "content": [{"text": text}]}]


def error(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]


def test_converse(bedrock):
    answer = bedrock.converse(
        modelId="default",
        messages=user("Hello"),
        system=[{"text": "Be brief."}, {"cachePoint": {"type": "default"}}],
        inferenceConfig={"maxTokens": 100, "temperature": 0.5},
        requestMetadata={"agent": "tests"},
    )
    assert answer["output"]["message"] == {"role": "assistant", "content": [{"text": "Hello there."}]}
    assert answer["stopReason"] == "end_turn"
    assert answer["usage"] == {
        "inputTokens": 5, "outputTokens": 3, "totalTokens": 10, "cacheReadInputTokens": 2, "cacheWriteInputTokens": 0,
    }
    assert answer["metrics"]["latencyMs"] >= 0


def test_converse_calls_tools(bedrock):
    messages = user("What is the weather in Ulm?")
    answer = bedrock.converse(modelId="default", messages=messages, toolConfig=TOOLS)
    assert answer["stopReason"] == "tool_use"
    message = answer["output"]["message"]
    wish = message["content"][1]["toolUse"]
    assert (wish["name"], wish["input"]) == ("weather", {"city": "Ulm"})
    result = {"toolUseId": wish["toolUseId"], "content": [{"json": {"degrees": 7}}], "status": "success"}
    messages += [message, {"role": "user", "content": [{"toolResult": result}]}]
    answer = bedrock.converse(modelId="default", messages=messages, toolConfig=TOOLS)
    assert answer["output"]["message"]["content"] == [{"text": "It is 7 degrees."}]


def test_pictures_and_documents(bedrock):
    picture = {"image": {"format": "png", "source": {"bytes": b"\x89PNG"}}}
    document = {"document": {"format": "txt", "name": "notes", "source": {"bytes": b"words"}}}
    content = [{"text": "What is in the picture?"}, picture, document]
    answer = bedrock.converse(modelId="default", messages=[{"role": "user", "content": content}])
    assert answer["output"]["message"]["content"][0]["text"] == "A cat."


def test_pictures_in_buckets(bedrock):
    s3 = client("s3")
    s3.create_bucket(Bucket="pictures")
    s3.put_object(Bucket="pictures", Key="a cat.png", Body=b"\x89PNG")

    def ask(uri):
        picture = {"image": {"format": "png", "source": {"s3Location": {"uri": uri}}}}
        messages = [{"role": "user", "content": [{"text": "What is in the picture?"}, picture]}]
        return {"modelId": "default", "messages": messages}

    answer = bedrock.converse(**ask("s3://pictures/a cat.png"))
    assert answer["output"]["message"]["content"][0]["text"] == "A cat."
    code, _, message = error(bedrock.converse, **ask("s3://pictures/a dog.png"))
    assert code == "ValidationException" and "messages[0].content[1].image.source.s3Location.uri" in message


def test_thoughts(bedrock):
    content = bedrock.converse(modelId="default", messages=user("think"))["output"]["message"]["content"]
    assert content[0]["reasoningContent"]["reasoningText"]["text"] == "A moment."
    assert content[1] == {"text": "Done."}


def streamed(answer):
    return [next(iter(event.items())) for event in answer["stream"]]


def test_converse_stream(bedrock):
    events = streamed(bedrock.converse_stream(modelId="default", messages=user("Hello")))
    assert [name for name, _ in events] == [
        "messageStart", "contentBlockDelta", "contentBlockDelta", "contentBlockDelta", "contentBlockStop",
        "messageStop", "metadata",
    ]
    assert [event["delta"]["text"] for name, event in events if name == "contentBlockDelta"] == ["Hel", "lo ", "there."]
    assert events[-2][1] == {"stopReason": "end_turn"}
    assert events[-1][1]["usage"]["totalTokens"] == 10 and events[-1][1]["metrics"]["latencyMs"] >= 0


def test_converse_stream_calls_tools(bedrock):
    events = streamed(bedrock.converse_stream(modelId="default", messages=user("weather in Ulm"), toolConfig=TOOLS))
    starts = [event["start"]["toolUse"] for name, event in events if name == "contentBlockStart"]
    assert [start["name"] for start in starts] == ["weather"]
    pieces = [event["delta"]["toolUse"]["input"] for name, event in events
              if name == "contentBlockDelta" and "toolUse" in event["delta"]]
    assert json.loads("".join(pieces)) == {"city": "Ulm"}
    assert ("messageStop", {"stopReason": "tool_use"}) in events


def test_a_stream_is_not_held_back(bedrock):
    begun = time.monotonic()
    times = [time.monotonic() - begun for event in bedrock.converse_stream(modelId="default", messages=user("slowly"))["stream"]
             if "contentBlockDelta" in event]
    assert len(times) == 6
    gaps = [later - earlier for earlier, later in zip(times, times[1:])]
    assert all(gap > 0.15 for gap in gaps), gaps


def test_a_stream_that_breaks_off_says_so(bedrock):
    stream = bedrock.converse_stream(modelId="default", messages=user("break off"))["stream"]
    told = []
    with pytest.raises(EventStreamError) as caught:
        for event in stream:
            told.append(event)
    assert any("contentBlockDelta" in event for event in told)
    assert caught.value.response["Error"] == {
        "Code": "modelStreamErrorException", "Message": "The provider broke off.",
    }


def test_errors(bedrock):
    code, status, message = error(bedrock.converse, modelId="unheard.of", messages=user("Hello"))
    assert (code, status) == ("ResourceNotFoundException", 404) and "unheard.of" in message
    assert error(bedrock.converse, modelId="default", messages=user("too much"))[:2] == ("ThrottlingException", 429)
    assert error(bedrock.converse, modelId="default", messages=user("too late"))[:2] == ("ModelTimeoutException", 408)
    video = {"video": {"format": "mp4", "source": {"bytes": b"x"}}}
    code, status, message = error(
        bedrock.converse, modelId="default", messages=[{"role": "user", "content": [video]}]
    )
    assert (code, status) == ("ValidationException", 400) and "no provider takes videos" in message
    assert error(bedrock.converse, modelId="default", messages=[])[0] == "ValidationException"
    assert error(bedrock.list_async_invokes)[:2] == ("NotImplementedException", 501)


def test_model_ids_may_be_arns(bedrock):
    arn = "arn:aws:bedrock:us-east-1:000000000000:inference-profile/us.anthropic.claude-sonnet-4-6"
    assert bedrock.converse(modelId=arn, messages=user("Hello"))["stopReason"] == "end_turn"
    events = streamed(bedrock.converse_stream(modelId=arn, messages=user("Hello")))
    assert events[-1][0] == "metadata"


HELLO = {
    "us.anthropic.claude-sonnet-4-6": (
        {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]},
        lambda body: body["content"][0]["text"],
        lambda chunk: chunk.get("delta", {}).get("text"),
    ),
    "amazon.nova-lite-v1:0": (
        {"schemaVersion": "messages-v1", "messages": user("Hello"), "inferenceConfig": {"topK": 20}},
        lambda body: body["output"]["message"]["content"][0]["text"],
        lambda chunk: chunk.get("contentBlockDelta", {}).get("delta", {}).get("text"),
    ),
    "amazon.titan-text-express-v1": (
        {"inputText": "Hello", "textGenerationConfig": {"maxTokenCount": 9}},
        lambda body: body["results"][0]["outputText"],
        lambda chunk: chunk["outputText"],
    ),
    "meta.llama3-8b-instruct-v1:0": (
        {"prompt": "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|>"
                   "<|start_header_id|>assistant<|end_header_id|>\n\n", "max_gen_len": 9},
        lambda body: body["generation"],
        lambda chunk: chunk["generation"],
    ),
    "mistral.mistral-7b-instruct-v0:2": (
        {"prompt": "<s>[INST] Hello [/INST]", "max_tokens": 9},
        lambda body: body["outputs"][0]["text"],
        lambda chunk: chunk["outputs"][0]["text"],
    ),
    "cohere.command-r-v1:0": (
        {"message": "Hello", "max_tokens": 9},
        lambda body: body["text"],
        lambda chunk: chunk.get("text"),
    ),
    "openai.gpt-oss-120b-1:0": (
        {"messages": [{"role": "user", "content": "Hello"}], "max_completion_tokens": 9},
        lambda body: body["choices"][0]["message"]["content"],
        lambda chunk: chunk["choices"][0]["delta"].get("content"),
    ),
}


@pytest.mark.parametrize("model", HELLO)
def test_invoke_model(bedrock, model):
    body, text, piece = HELLO[model]
    answer = bedrock.invoke_model(modelId=model, body=json.dumps(body))
    assert answer["contentType"] == "application/json"
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    counts = [headers[f"x-amzn-bedrock-{side}-token-count"] for side in ("input", "output")]
    assert counts == ["5", "3"] and int(headers["x-amzn-bedrock-invocation-latency"]) >= 0
    assert text(json.loads(answer["body"].read())) == "Hello there."
    stream = bedrock.invoke_model_with_response_stream(modelId=model, body=json.dumps(body))["body"]
    chunks = [json.loads(event["chunk"]["bytes"]) for event in stream]
    assert "".join(filter(None, map(piece, chunks))) == "Hello there."
    metrics = chunks[-1]["amazon-bedrock-invocationMetrics"]
    assert (metrics["inputTokenCount"], metrics["outputTokenCount"]) == (5, 3)
    assert metrics["invocationLatency"] >= metrics["firstByteLatency"] >= 0
    assert not any("amazon-bedrock-invocationMetrics" in chunk for chunk in chunks[:-1])


def test_invoke_model_refuses_what_it_cannot_read(bedrock):
    body = json.dumps({"messages": []})
    code, _, message = error(bedrock.invoke_model, modelId="default", body=body)
    assert code == "ValidationException" and "does not tell the format" in message
    assert error(bedrock.invoke_model, modelId="amazon.nova-lite-v1:0", body="no json")[0] == "ValidationException"


def test_count_tokens(bedrock):
    counted = bedrock.count_tokens(modelId="default", input={"converse": {"messages": user("Hello there")}})
    assert counted["inputTokens"] > 0
    body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    counted = bedrock.count_tokens(modelId="default", input={"invokeModel": {"body": json.dumps(body)}})
    assert counted["inputTokens"] > 0


def test_models_are_listed(scripted):
    with scripted.entered():
        catalog = client("bedrock")
        listed = catalog.list_foundation_models()["modelSummaries"]
        assert {model["modelId"] for model in listed} == set(NAMES)
        assert catalog.list_foundation_models(byOutputModality="EMBEDDING")["modelSummaries"] == []
        model = catalog.get_foundation_model(modelIdentifier="amazon.nova-lite-v1:0")["modelDetails"]
        assert model["modelArn"].endswith("::foundation-model/amazon.nova-lite-v1:0")
        profiles = catalog.list_inference_profiles()["inferenceProfileSummaries"]
        assert [profile["inferenceProfileId"] for profile in profiles] == ["us.anthropic.claude-sonnet-4-6"]
        profile = catalog.get_inference_profile(inferenceProfileIdentifier=profiles[0]["inferenceProfileArn"])
        assert profile["models"][0]["modelArn"].endswith("/anthropic.claude-sonnet-4-6")
        assert error(catalog.get_foundation_model, modelIdentifier="no.model")[:2] == ("ResourceNotFoundException", 404)


def test_apply_guardrail(bedrock):
    def apply(source, *texts):
        return bedrock.apply_guardrail(
            guardrailIdentifier="careful", guardrailVersion="DRAFT", source=source,
            content=[{"text": {"text": text}} for text in texts],
        )

    assert apply("INPUT", "nothing")["action"] == "NONE"
    masked = apply("OUTPUT", "T-17 is anna@example.org's", "nothing")
    assert masked["action"] == "GUARDRAIL_INTERVENED"
    assert masked["outputs"] == [{"text": "{ticket} is {EMAIL}'s"}, {"text": "nothing"}]
    found = masked["assessments"][0]["sensitiveInformationPolicy"]
    assert [(hit["type"], hit["match"], hit["action"]) for hit in found["piiEntities"]] == [
        ("EMAIL", "anna@example.org", "ANONYMIZED")
    ]
    blocked = apply("INPUT", "4111 1111 1111 1111")
    assert blocked["outputs"] == [{"text": "I cannot talk about this."}]
    assert apply("OUTPUT", "the condor")["outputs"] == [{"text": "I cannot say this."}]
    code, status, message = error(
        bedrock.apply_guardrail, guardrailIdentifier="unheard", guardrailVersion="1", source="INPUT",
        content=[{"text": {"text": "x"}}],
    )
    assert (code, status) == ("ResourceNotFoundException", 404) and "[guardrails.unheard]" in message


def test_guardrails_around_a_call(bedrock):
    def ask(text):
        return bedrock.converse(modelId="default", messages=user(text), guardrailConfig=CAREFUL)

    blocked = ask("Tell me about Condor")
    assert blocked["stopReason"] == "guardrail_intervened"
    assert blocked["output"]["message"]["content"] == [{"text": "I cannot talk about this."}]
    found = blocked["trace"]["guardrail"]["inputAssessment"]["careful"]["wordPolicy"]["customWords"]
    assert found == [{"match": "Condor", "action": "BLOCKED", "detected": True}]
    assert ask("I am bob@example.org")["output"]["message"]["content"] == [{"text": "Hello, whoever you are."}]
    assert ask("whose address")["output"]["message"]["content"] == [{"text": "It is {EMAIL}."}]
    assert ask("secret")["output"]["message"]["content"] == [{"text": "I cannot say this."}]
    free = bedrock.converse(modelId="default", messages=user("secret"))
    assert free["output"]["message"]["content"] == [{"text": "We call it Condor."}] and "trace" not in free


def test_guardrails_hold_a_stream_back(bedrock):
    def stream(mode):
        config = CAREFUL | {"streamProcessingMode": mode}
        answer = bedrock.converse_stream(modelId="default", messages=user("secret"), guardrailConfig=config)
        events = streamed(answer)
        text = "".join(event["delta"]["text"] for name, event in events if name == "contentBlockDelta")
        stop = next(event["stopReason"] for name, event in events if name == "messageStop")
        return text, stop, events[-1][1]

    text, stop, metadata = stream("sync")
    assert (text, stop) == ("I cannot say this.", "guardrail_intervened")
    assert metadata["trace"]["guardrail"]["outputAssessments"]["careful"][0]["wordPolicy"]
    text, stop, metadata = stream("async")
    assert (text, stop) == ("We call it Condor.", "guardrail_intervened")
    assert metadata["trace"]["guardrail"]["outputAssessments"]["careful"][0]["wordPolicy"]


def test_guardrails_around_a_body(bedrock):
    body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "messages": [{"role": "user", "content": "secret"}]}
    answer = bedrock.invoke_model(
        modelId="us.anthropic.claude-sonnet-4-6", body=json.dumps(body), guardrailIdentifier="careful",
        guardrailVersion="DRAFT", trace="ENABLED",
    )
    answer = json.loads(answer["body"].read())
    assert answer["content"][0]["text"] == "I cannot say this."
    assert answer["amazon-bedrock-guardrailAction"] == "INTERVENED"
    assert answer["amazon-bedrock-trace"]["guardrail"]["outputAssessments"]["careful"]


def test_a_key_of_ours_will_do(scripted):
    """As boto3 sends AWS_BEARER_TOKEN_BEDROCK, which it does to HTTPS endpoints only."""
    http, path = urllib3.PoolManager(), "/model/amazon.nova-lite-v1%3A0/converse"

    def ask(key):
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        body = json.dumps({"messages": user("Hello")})
        return http.request("POST", f"http://{scripted.address}{path}", body=body, headers=headers)

    answer = ask(scripted.environment()[0]["OPENAI_API_KEY"])
    assert answer.status == 200 and answer.json()["stopReason"] == "end_turn"
    refused = ask("fh-" + "a" * 43)
    assert (refused.status, refused.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")
    assert "freehold keys create" in refused.json()["message"]


def test_strangers_are_turned_away(scripted):
    http = urllib3.PoolManager()
    answer = http.request("POST", f"http://{scripted.address}/model/default/converse", body=b"{}")
    assert answer.status == 403
    with scripted.entered():
        session = boto3.Session(aws_access_key_id="AKIA00000000", aws_secret_access_key="nobody")
        stranger = session.client("bedrock-runtime", config=Config(retries={"total_max_attempts": 1}))
        assert error(stranger.converse, modelId="default", messages=user("Hello"))[1] == 403
