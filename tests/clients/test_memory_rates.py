"""How often memories may be called, where AgentCore's quotas are to hold: in its words, and for a moment only."""

import time
from itertools import count

import boto3
import pytest
from botocore.exceptions import ClientError

from ours import metric
from remembering import Memory, said
from servers import Server, client

PATIENCE = 30


@pytest.fixture(scope="module")
def limited(tmp_path_factory):
    settings = '[memory]\nrequest-rates = "agentcore"\n'
    with Server(tmp_path_factory.mktemp("rates"), settings).running() as server:
        yield server


def until_throttled(call):
    """How often it was taken before it was refused, and the refusal."""
    deadline = time.monotonic() + PATIENCE
    for taken in count():
        assert time.monotonic() < deadline, f"taken {taken} times"
        try:
            call()
        except ClientError as refusal:
            answer = refusal.response
            assert answer["ResponseMetadata"]["HTTPStatusCode"] == 429, answer
            assert answer["Error"]["Code"] == "ThrottledException", answer
            return taken, answer["Error"]["Message"]


def test_a_session_takes_five_messages_a_second(limited):
    memory = Memory.create()
    data = client("bedrock-agentcore")

    def say(session, data=data):
        return data.create_event(
            memoryId=memory.id, actorId="ann", sessionId=session, eventTimestamp=time.time(), payload=[said("hello")]
        )

    taken, why = until_throttled(lambda: say("one"))
    assert taken >= 5 and "at most 5 events with conversational payload a second" in why, why
    say("other")
    events = data.list_events(memoryId=memory.id, actorId="ann", sessionId="one", maxResults=100)["events"]
    assert len(events) == taken, "what was refused is not there"
    # An ordinary client tries again by itself, and comes through.
    say("one", boto3.client("bedrock-agentcore"))
    labels = {"Service": "AgentCore.Memory", "Resource": memory.arn, "Operation": "CreateEvent"}
    assert metric(limited, "agentcore_Throttles", **labels) >= 1
    assert metric(limited, "agentcore_CreationCount", **labels) == taken + 2
    memory.delete()


def test_an_account_makes_so_many_calls_a_second(limited):
    control = client("bedrock-agentcore-control")
    taken, why = until_throttled(control.list_memories)
    assert taken >= 5 and "at most 5 calls of ListMemories a second" in why, why
