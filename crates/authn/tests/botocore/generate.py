"""Signs requests with botocore's own signers and writes them as test vectors.

    python3 generate.py > vectors.json

Made with botocore 1.43.11. Every request is written as it leaves the client: the path and query of its URL, its
headers with the Host that the HTTP client adds, and its body. Keys are the ones of AWS's published examples.
"""

import base64
import datetime
import io
import json
import sys
from urllib.parse import quote, urlsplit

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpchecksum import AwsChunkedWrapper, Crc32Checksum

MOMENT = datetime.datetime(2015, 8, 30, 12, 36, 0, tzinfo=datetime.timezone.utc)
REGION = "us-east-1"
ENDPOINT = "http://localhost:7070"
ARN = quote("arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/hello-abcdefghij", safe="")
TOKEN = "AQoDYXdzEPT//////////wEXAMPLE="

botocore.auth.get_current_datetime = lambda *_: MOMENT


def credentials(token=None):
    return Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token)


def vector(name, signer, method, url, headers=(), body=b"", sent_host=None, sent_body=None,
           content=None, context=()):
    """Signs one request.

    `sent_host` and `sent_body` are what is on the wire if it is not what was signed, `content` what the body means.
    """
    request = AWSRequest(method=method, url=url, headers=dict(headers), data=body)
    request.context.update(dict(context))
    signer.add_auth(request)
    parts = urlsplit(request.url)
    sent = [["Host", sent_host or parts.netloc]]
    sent += [[key, value] for key, value in request.headers.items() if key.lower() != "host"]
    data = body if sent_body is None else sent_body
    return {
        "name": name,
        "token": signer.credentials.token,
        "method": method,
        "path": parts.path or "/",
        "query": parts.query,
        "headers": sent,
        "body": base64.b64encode(data).decode(),
        "decoded": base64.b64encode(body if content is None else content).decode(),
    }


def agentcore(token=None, query=False):
    kind = botocore.auth.SigV4QueryAuth if query else botocore.auth.SigV4Auth
    return kind(credentials(token), "bedrock-agentcore", REGION)


def s3(query=False):
    kind = botocore.auth.S3SigV4QueryAuth if query else botocore.auth.S3SigV4Auth
    return kind(credentials(), "s3", REGION)


def chunked_upload():
    body = b"0123456789" * 20
    wrapper = AwsChunkedWrapper(io.BytesIO(body), Crc32Checksum, "x-amz-checksum-crc32", chunk_size=64)
    sent = wrapper.read()
    headers = {
        "Content-Encoding": "aws-chunked",
        "Transfer-Encoding": "chunked",
        "X-Amz-Trailer": "x-amz-checksum-crc32",
        "X-Amz-Decoded-Content-Length": str(len(body)),
    }
    context = {"checksum": {"request_algorithm": {"in": "trailer", "algorithm": "crc32"}}}
    return vector("s3 upload with a trailing checksum", s3(), "PUT", f"{ENDPOINT}/bucket/agent.zip",
                  headers, body, sent_body=sent, context=context)


def vectors():
    json_type = {"Content-Type": "application/json"}
    invoke = f"{ENDPOINT}/runtimes/{ARN}/invocations?qualifier=DEFAULT"
    yield vector("an ARN as a label", agentcore(), "POST", invoke, json_type, b'{"prompt":"hi"}')
    yield vector("an ARN and a session token", agentcore(TOKEN), "POST", invoke, json_type, b'{"prompt":"hi"}')
    yield vector("headers of the runtime", agentcore(), "POST", invoke, {
        **json_type,
        "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": "s" * 33,
        "X-Amzn-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793",
        "User-Agent": "Boto3/1.43",
        "baggage": "a=1,   b=2",
    }, b"{}")
    yield vector("an unsigned payload", agentcore(), "POST", invoke, json_type, b"{}",
                 context={"payload_signing_enabled": False})
    yield vector("a trailing slash", agentcore(), "PUT", f"{ENDPOINT}/runtimes/", json_type, b"{}")
    yield vector("no body", agentcore(), "GET", f"{ENDPOINT}/runtimes/hello-abcdefghij/")
    yield vector("an encoded query", agentcore(), "GET", f"{ENDPOINT}/tags/x?tagKeys=a%20b&tagKeys=a%2Bb&z=%C3%A4")
    yield vector("a query that is not encoded", agentcore(), "GET", f"{ENDPOINT}/x?b=c:d/e&a=*")
    yield vector("dot segments", agentcore(), "GET", f"{ENDPOINT}/a/../runtimes//x/./y/")
    yield vector("a label with a tilde, a plus and an accent", agentcore(), "GET",
                 f"{ENDPOINT}/memories/{quote('a~b+c d/é:@', safe='-._~')}/details")
    ws = f"https://localhost:8443/runtimes/{ARN}/ws"
    yield vector("a presigned WebSocket without its port", agentcore(query=True), "GET",
                 f"{ws}?qualifier=DEFAULT&X-Amzn-Bedrock-AgentCore-Runtime-Session-Id={'s' * 33}",
                 {"host": "localhost"}, sent_host="localhost:8443")
    yield vector("a presigned WebSocket with a token", agentcore(TOKEN, query=True), "GET", ws,
                 {"host": "localhost"}, sent_host="localhost:8443")
    yield vector("a host alias", agentcore(), "GET",
                 "https://bedrock-agentcore.us-east-1.amazonaws.com/runtimes/x/", sent_host="localhost:7070")
    key = quote("dir//a b+c/../ü!*'().txt", safe="/~")
    yield vector("an S3 key", s3(), "PUT", f"{ENDPOINT}/bucket/{key}", {}, b"content")
    yield vector("an S3 list", s3(), "GET", f"{ENDPOINT}/bucket?list-type=2&prefix=a%2Fb&delimiter=%2F&encoding-type=url")
    yield vector("a presigned S3 upload", s3(query=True), "PUT", f"{ENDPOINT}/bucket/{key}",
                 sent_body=b"content", content=b"content")
    yield chunked_upload()
    sts = botocore.auth.SigV4Auth(credentials(), "sts", REGION)
    yield vector("STS", sts, "POST", f"{ENDPOINT}/",
                 {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
                 b"Action=GetCallerIdentity&Version=2011-06-15")


json.dump(list(vectors()), sys.stdout, indent=1, ensure_ascii=False)
print()
