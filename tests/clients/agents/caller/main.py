"""Calls the platform in the ways that it is told."""

import socket

import boto3
from bedrock_agentcore import BedrockAgentCoreApp
from botocore.config import Config
from botocore.exceptions import ClientError

app = BedrockAgentCoreApp()
PLATFORM = ("127.0.0.1", 7070)
ONCE = Config(read_timeout=120, retries={"total_max_attempts": 1})
held = []


@app.entrypoint
def invoke(payload):
    return globals()[payload["do"]](payload)


def hold(payload):
    """Keeps connections open, and says nothing on them."""
    held.extend(socket.create_connection(PLATFORM) for _ in range(payload["connections"]))
    return len(held)


def ask(payload):
    """One question to a model."""
    answer = boto3.client("bedrock-runtime", config=ONCE).converse(
        modelId=payload.get("model", "default"), messages=[{"role": "user", "content": [{"text": payload["prompt"]}]}]
    )
    return answer["output"]["message"]["content"][0]["text"]


def manage(_):
    """What only who runs the server may do."""
    control = boto3.client("bedrock-agentcore-control", endpoint_url="http://%s:%d" % PLATFORM, config=ONCE)
    try:
        return control.list_agent_runtimes()["agentRuntimes"]
    except ClientError as error:
        return error.response["Error"] | {"status": error.response["ResponseMetadata"]["HTTPStatusCode"]}


if __name__ == "__main__":
    app.run()
