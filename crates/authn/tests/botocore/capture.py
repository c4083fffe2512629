"""Lets boto3's clients call a local server and writes what came over the wire as test vectors.

    python3 capture.py > captured.json

Made with boto3 1.43.11 and botocore 1.43.11, with time standing still. The server answers everything with an empty
document; only the requests matter. Keys are the ones of AWS's published examples.
"""

import base64
import contextlib
import datetime
import io
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import botocore.auth
from botocore.config import Config

MOMENT = datetime.datetime(2015, 8, 30, 12, 36, 0, tzinfo=datetime.timezone.utc)
ACCOUNT = "arn:aws:bedrock-agentcore:us-east-1:000000000000"

botocore.auth.get_current_datetime = lambda *_: MOMENT
seen = []


class Recorder(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, _, query = self.path.partition("?")
        seen.append({
            "method": self.command,
            "path": path,
            "query": query,
            "headers": [[name, value] for name, value in self.headers.items()],
            "body": base64.b64encode(body).decode(),
        })
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = do_HEAD = answer

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
threading.Thread(target=server.serve_forever, daemon=True).start()
ENDPOINT = f"http://localhost:{server.server_port}"


def client(name, **config):
    return boto3.client(
        name,
        endpoint_url=ENDPOINT,
        region_name="us-east-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        config=Config(retries={"max_attempts": 0}, user_agent="boto3", **config),
    )


def capture(name, call):
    """Makes one call; the answer may not please the client, only what it sent counts."""
    count = len(seen)
    with contextlib.suppress(Exception):
        call()
    assert len(seen) == count + 1, name
    vector = seen[-1]
    return {"name": name, "token": None, **vector, "decoded": vector["body"]}


def vectors():
    control, data = client("bedrock-agentcore-control"), client("bedrock-agentcore")
    runtime, memory = f"{ACCOUNT}:runtime/hello-abcdefghij", "mem-abcdefghij"
    yield capture("ListAgentRuntimes", lambda: control.list_agent_runtimes(maxResults=10))
    yield capture("GetAgentRuntime", lambda: control.get_agent_runtime(agentRuntimeId="hello-abcdefghij"))
    yield capture("ListTagsForResource", lambda: control.list_tags_for_resource(resourceArn=runtime))
    yield capture("UntagResource", lambda: control.untag_resource(resourceArn=runtime, tagKeys=["a b", "c/ü+"]))
    yield capture("InvokeAgentRuntime", lambda: data.invoke_agent_runtime(
        agentRuntimeArn=runtime, qualifier="DEFAULT", runtimeSessionId="s" * 33, traceId="Root=1-0-0",
        baggage="userId=a, b=c", payload=b'{"prompt":"hi"}'))
    yield capture("StopRuntimeSession", lambda: data.stop_runtime_session(
        agentRuntimeArn=runtime, qualifier="DEFAULT", runtimeSessionId="s" * 33))
    yield capture("ListEvents", lambda: data.list_events(memoryId=memory, sessionId="s", actorId="user/one:two"))
    s3 = client("s3", s3={"addressing_style": "path"})
    yield capture("PutObject", lambda: s3.put_object(Bucket="bucket", Key="dir/a b+ü=(1)!.zip", Body=b"content"))
    yield capture("PutObject of a file", lambda: s3.put_object(Bucket="bucket", Key="k", Body=io.BytesIO(b"content")))
    yield capture("ListObjectsV2", lambda: s3.list_objects_v2(Bucket="bucket", Prefix="dir/a b+"))
    yield capture("CreateMultipartUpload", lambda: s3.create_multipart_upload(Bucket="bucket", Key="k"))
    yield capture("HeadBucket", lambda: s3.head_bucket(Bucket="bucket"))
    yield capture("GetCallerIdentity", lambda: client("sts").get_caller_identity())


captured = list(vectors())
json.dump(captured, sys.stdout, indent=1, ensure_ascii=False)
print()
