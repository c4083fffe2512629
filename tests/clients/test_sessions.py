"""Sessions in real microVMs: what they share, which is nothing, and what they keep, which is everything."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.vm


def test_a_session_keeps_its_state(session):
    assert [session.ask({})["turn"] for _ in range(3)] == [1, 2, 3]


def test_two_machines_of_one_template_are_two_machines(probe):
    with ThreadPoolExecutor() as pool:
        sessions = [probe.session() for _ in range(2)]
        one, other = pool.map(lambda session: session.ask({"do": "look"}), sessions)
    for what in ["uuid4", "urandom", "hostname", "boot_id", "machine_id"]:
        assert one[what] != other[what] or one[what] == "", what
    for seen in (one, other):
        assert abs(seen["time"] - time.time()) < 30, "the clock was stepped after the restore"
        assert seen["uid"] != 0, "an agent is no root"
    for session in sessions:
        session.stop()


def test_nothing_of_one_session_can_be_seen_in_another(probe, session):
    other = probe.session()
    session.ask({"do": "write", "path": "/tmp/secret", "text": "of one session"})
    assert session.ask({"do": "read", "path": "/tmp/secret"})["text"] == "of one session"
    assert other.ask({"do": "read", "path": "/tmp/secret"})["text"] is None
    assert sum("main.py" in line for line in other.ask({"do": "processes"})) == 1
    other.stop()


def test_a_stopped_session_begins_anew(session):
    session.ask({"do": "write", "path": "/tmp/note", "text": "kept"})
    session.ask({})
    before = session.ask({"do": "look"})
    session.stop()
    assert session.ask({"do": "read", "path": "/tmp/note"})["text"] is None
    after = session.ask({"do": "look"})
    assert before["boot_id"] != after["boot_id"]


def test_the_agent_sees_its_contract(session):
    headers = session.ask({"do": "headers"})
    assert headers["x-amzn-bedrock-agentcore-runtime-session-id"] == session.id
    assert "x-amzn-bedrock-agentcore-runtime-request-id" in headers
    assert "authorization" not in headers
    environment = session.ask({"do": "environment"})
    assert environment["DOCKER_CONTAINER"] == "1"
    assert environment["AWS_REGION"] == "us-east-1"
    assert os.environ["AWS_SECRET_ACCESS_KEY"] not in environment.values(), "the root key stays on the host"
    assert os.environ["OPENAI_API_KEY"] not in environment.values(), "and so does what is derived from it"


def test_there_is_no_way_out(server, session):
    host, port = server.address.split(":")
    for where in [(host, int(port)), ("192.0.2.1", 80), ("169.254.169.254", 80), ("10.0.2.2", int(port))]:
        outcome = session.ask({"do": "connect", "host": where[0], "port": where[1]})
        assert outcome["outcome"] != "connected", where


def test_events_arrive_while_the_agent_still_speaks(session):
    session.ask({})
    begun = time.monotonic()
    answer = session.invoke({"do": "stream", "events": 4, "pause": 0.5})
    assert answer["contentType"] == "text/event-stream"
    arrivals = []
    for line in answer["response"].iter_lines(chunk_size=1):
        if line:
            arrivals.append(time.monotonic() - begun)
    assert len(arrivals) == 4
    assert arrivals[-1] - arrivals[0] > 1, f"the events came together: {arrivals}"


def test_an_agent_notices_that_its_client_has_left(session):
    answer = session.invoke({"do": "stream", "events": 10_000, "pause": 0.02})
    answer["response"].read(10)
    answer["response"].close()
    deadline = time.monotonic() + 30
    while session.ask({"do": "read", "path": "/tmp/client-left"})["text"] is None:
        assert time.monotonic() < deadline, "the agent goes on speaking to nobody"
        time.sleep(0.1)


def test_ten_sessions_at_once(probe):
    sessions = [probe.session() for _ in range(10)]
    with ThreadPoolExecutor(10) as pool:
        first = list(pool.map(lambda session: session.ask({}), sessions))
        second = list(pool.map(lambda session: session.ask({}), sessions))
        list(pool.map(lambda session: session.stop(), sessions))
    assert [answer["turn"] for answer in first + second] == [1] * 10 + [2] * 10


def test_ten_megabytes_in_and_out(session):
    size = 10_000_000
    assert session.ask(b"x" * size) == {"bytes": size}
    answer = session.invoke({"do": "produce", "bytes": size})
    assert sum(len(chunk) for chunk in answer["response"].iter_chunks()) == size


def test_an_agents_refusal_is_424_in_its_words(session):
    with pytest.raises(ClientError) as refusal:
        session.ask({"do": "refuse", "status": 500})
    response = refusal.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["Error"]["Code"] == "RuntimeClientError"
    assert "refused as told" in response["Error"]["Message"]
    assert session.ask({})["turn"] == 2, "the session lives on"


def test_an_agent_that_dies_in_a_request_is_424_and_the_session_begins_anew(session):
    session.ask({})
    with pytest.raises(ClientError) as refusal:
        session.ask({"do": "exit", "code": 3})
    assert refusal.value.response["Error"]["Code"] == "RuntimeClientError"
    assert "leaving as told" in refusal.value.response["Error"]["Message"]
    assert session.ask({})["turn"] == 1
