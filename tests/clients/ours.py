"""Freehold's own operations, called as anybody can call them: HTTP with a signature, or the command line."""

import json
import time
import urllib.request
from urllib.parse import quote

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest


PATIENCE = 120


class Refused(Exception):
    """The server said no."""

    def __init__(self, status, answer):
        super().__init__(f"{status}: {answer}")
        self.status = status
        self.answer = answer


def call(server, method, path, body=None):
    """The answer's document."""
    if body is None:
        return send(server, method, path)
    return send(server, method, path, json.dumps(body).encode(), "application/json")


def send(server, method, path, content=None, content_type=None):
    """The same for a body of any type."""
    headers = {} if content is None else {"content-type": content_type or "application/octet-stream"}
    session = boto3.Session()
    request = AWSRequest(method, f"http://{server.address}/_freehold/v1/{path}", headers, content)
    SigV4Auth(session.get_credentials(), "bedrock-agentcore", session.region_name).add_auth(request)
    ready = urllib.request.Request(request.url, content, dict(request.headers), method=method)
    try:
        with urllib.request.urlopen(ready, timeout=120) as answer:
            return json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
        raise Refused(error.code, error.read().decode()) from None


def metric(server, name, **labels):
    """A number of the metrics page; 0 if it is not there."""
    with urllib.request.urlopen(f"http://{server.address}/metrics") as answer:
        page = answer.read().decode()
    inside = ",".join(f'{label}="{value}"' for label, value in labels.items())
    wanted = f"{name}{{{inside}}} "
    return sum(float(line.removeprefix(wanted)) for line in page.splitlines() if line.startswith(wanted))


def place(session):
    """The path of a session."""
    return f"sessions/{session.agent.id}/DEFAULT/{quote(session.id, safe='')}"


def sessions(server):
    """All that have not ended, by id."""
    found, token = {}, ""
    while True:
        page = call(server, "GET", f"sessions?maxResults=1000{token}")
        found |= {row["sessionId"]: row for row in page["sessions"] if row["state"] != "ENDED"}
        if not page.get("nextToken"):
            return found
        token = "&nextToken=" + quote(page["nextToken"], safe="")


def suspend(server, session):
    return call(server, "POST", place(session) + "/suspend")


def resume(server, session):
    return call(server, "POST", place(session) + "/resume")


def checkpoint(server, session, name):
    return call(server, "POST", place(session) + "/checkpoints", {"name": name})


def fork(server, session, name, new):
    return call(server, "POST", f"{place(session)}/checkpoints/{name}/fork", {"sessionId": new.id})


def rewind(server, session, name):
    return call(server, "POST", f"{place(session)}/checkpoints/{name}/rewind")


def shown(server, session):
    """What `freehold sessions show` knows of it."""
    return json.loads(server.freehold("sessions", "show", session.id, "--json"))


def wait_for(server, session, state):
    """What is shown of the session once it is in that state."""
    deadline = time.monotonic() + PATIENCE
    while (found := shown(server, session))["state"] != state:
        assert time.monotonic() < deadline, f"still {found} after {PATIENCE} s"
        time.sleep(0.1)
    return found
