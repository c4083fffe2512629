"""An agent that thinks with a model and uses a tool, written for AWS and unchanged here.

It asks for the model `default`; which one that is says the server's models file. In its machine boto3 finds the platform
by the environment, and needs no key: the platform knows which session calls.
"""

import json

import boto3
from bedrock_agentcore import BedrockAgentCoreApp

app = BedrockAgentCoreApp()
bedrock = boto3.client("bedrock-runtime")
conversation = []

TOOL = {
    "toolSpec": {
        "name": "weather",
        "description": "The weather in a city.",
        "inputSchema": {
            "json": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
        },
    }
}


def weather(city):
    return {"city": city, "degrees": 3 * len(city)}


@app.entrypoint
def invoke(payload):
    """Payload: `{"prompt": text}`. Streams what the model says, word by word."""
    conversation.append({"role": "user", "content": [{"text": payload["prompt"]}]})
    return answer()


def answer():
    while True:
        said = bedrock.converse_stream(modelId="default", messages=conversation, toolConfig={"tools": [TOOL]})
        message = {"role": "assistant", "content": []}
        yield from heard(said["stream"], message)
        conversation.append(message)
        wishes = [block["toolUse"] for block in message["content"] if "toolUse" in block]
        if not wishes:
            return
        results = [
            {"toolResult": {"toolUseId": wish["toolUseId"], "content": [{"json": weather(**wish["input"])}]}}
            for wish in wishes
        ]
        conversation.append({"role": "user", "content": results})


def heard(events, message):
    """Yields text as it comes, and puts the whole message together."""
    for event in events:
        if start := event.get("contentBlockStart", {}).get("start", {}).get("toolUse"):
            message["content"].append({"toolUse": start | {"input": ""}})
        elif delta := event.get("contentBlockDelta", {}).get("delta"):
            if "toolUse" in delta:
                message["content"][-1]["toolUse"]["input"] += delta["toolUse"]["input"]
            elif "text" in delta:
                if not message["content"] or "text" not in message["content"][-1]:
                    message["content"].append({"text": ""})
                message["content"][-1]["text"] += delta["text"]
                yield delta["text"]
        elif "contentBlockStop" in event and message["content"] and "toolUse" in message["content"][-1]:
            wish = message["content"][-1]["toolUse"]
            wish["input"] = json.loads(wish["input"] or "{}")


if __name__ == "__main__":
    app.run()
