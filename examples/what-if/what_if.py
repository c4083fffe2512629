"""Asks "what if" of one conversation, twice.

    eval "$(freehold env)"
    python examples/what-if/what_if.py

The agent knows nothing of it: its whole machine is kept at one moment and continued from there as often as one likes.
"""

import io
import json
import os
import time
import uuid
import zipfile
from itertools import zip_longest
from pathlib import Path

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.httpsession import URLLib3Session

HERE = Path(__file__).parent
DEPLOY_BUDGET = 300
WIDTH = 68


def deploy(name):
    """Uploads the agent, creates its runtime, and waits until that is ready."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.write(HERE / "main.py", "main.py")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="what-if")
    s3.put_object(Bucket="what-if", Key=f"{name}.zip", Body=code.getvalue())
    control = boto3.client("bedrock-agentcore-control")
    runtime = control.create_agent_runtime(
        agentRuntimeName=name,
        agentRuntimeArtifact={
            "codeConfiguration": {
                "code": {"s3": {"bucket": "what-if", "prefix": f"{name}.zip"}},
                "runtime": "PYTHON_3_11",
                "entryPoint": ["main.py"],
            }
        },
        networkConfiguration={"networkMode": "PUBLIC"},
        roleArn="arn:aws:iam::000000000000:role/what-if",
    )
    deadline = time.monotonic() + DEPLOY_BUDGET
    while (shown := control.get_agent_runtime(agentRuntimeId=runtime["agentRuntimeId"]))["status"] == "CREATING":
        if time.monotonic() > deadline:
            raise SystemExit(f"the agent is not ready after {DEPLOY_BUDGET} s")
        time.sleep(0.2)
    if shown["status"] != "READY":
        raise SystemExit(f"{shown['status']}: {shown.get('failureReason')}")
    return runtime


def freehold(method, path, document=None):
    """A request to Freehold's own API: signed like any other of AgentCore's."""
    session = boto3.Session()
    body = b"" if document is None else json.dumps(document).encode()
    url = f"{os.environ['AWS_ENDPOINT_URL_BEDROCK_AGENTCORE']}/_freehold/v1/{path}"
    request = AWSRequest(method, url, {"Content-Type": "application/json"}, body)
    SigV4Auth(session.get_credentials(), "bedrock-agentcore", session.region_name).add_auth(request)
    response = URLLib3Session(timeout=120).send(request.prepare())
    answer = json.loads(response.content)
    if response.status_code != 200:
        raise SystemExit(f"{method} {path}: {response.status_code} {answer['message']}")
    return answer


class Conversation:
    """A session, and what was said in it."""

    def __init__(self, runtime, session):
        self.runtime = runtime
        self.session = session
        self.client = boto3.client("bedrock-agentcore", config=Config(read_timeout=120))
        self.lines = []

    def say(self, text):
        answer = self.client.invoke_agent_runtime(
            agentRuntimeArn=self.runtime["agentRuntimeArn"],
            runtimeSessionId=self.session,
            payload=json.dumps({"say": text}).encode(),
        )
        reply = json.loads(answer["response"].read())["reply"]
        self.lines += [f"  you    {text}", f"  agent  {reply}"]

    @property
    def path(self):
        return f"sessions/{self.runtime['agentRuntimeId']}/DEFAULT/{self.session}"

    def keep(self, name):
        """Keeps this moment: memory and disk of the agent's machine."""
        kept = freehold("POST", f"{self.path}/checkpoints", {"name": name})
        print(f"── kept as {name!r}: {kept['storedBytes'] / 1024:.0f} KiB\n")

    def fork(self, name):
        """Another conversation, begun at that moment."""
        forked = freehold("POST", f"{self.path}/checkpoints/{name}/fork", {"sessionId": f"what-if-{uuid.uuid4()}"})
        return Conversation(self.runtime, forked["sessionId"])

    def rewind(self, name):
        """Back to that moment."""
        freehold("POST", f"{self.path}/checkpoints/{name}/rewind")

    def show(self, title):
        print(f"── {title}", *self.lines, "", sep="\n")
        self.lines = []


def side_by_side(*columns):
    for row in zip_longest(*columns, fillvalue=""):
        print("".join(cell.ljust(WIDTH) for cell in row).rstrip())
    print()


def converse(runtime):
    talk = Conversation(runtime, f"what-if-{uuid.uuid4()}")
    talk.say("I have 1000 to spend")
    talk.say("book flight for 400")
    talk.show("one conversation")
    talk.keep("flight-booked")

    hotel, hostel = talk.fork("flight-booked"), talk.fork("flight-booked")
    hotel.say("book hotel for 550")
    hostel.say("book hostel for 150")
    for fork in (hotel, hostel):
        fork.say("book boat trip for 120")
        fork.say("what do we have?")
    side_by_side(
        ["── what if we take the hotel?", *hotel.lines],
        ["── what if we take the hostel?", *hostel.lines],
    )

    talk.say("book suite for 600")
    talk.say("what do we have?")
    talk.show("meanwhile, in the conversation itself, a mistake")
    talk.rewind("flight-booked")
    talk.say("what do we have?")
    talk.show("taken back")


def main():
    print("── deploying the agent\n", flush=True)
    runtime = deploy(f"what_if_{uuid.uuid4().hex[:8]}")
    try:
        converse(runtime)
    finally:
        boto3.client("bedrock-agentcore-control").delete_agent_runtime(agentRuntimeId=runtime["agentRuntimeId"])


if __name__ == "__main__":
    main()
