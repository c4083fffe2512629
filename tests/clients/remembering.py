"""Memories, as the tests use them."""

import time
import uuid
from datetime import datetime, timedelta, timezone

from servers import client

PATIENCE = 60
START = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def fresh(word="memory"):
    """A name that no other memory has."""
    return f"{word}_{uuid.uuid4().hex[:12]}"


def wait_for(what, get):
    """What `get` returns once it is something."""
    deadline = time.monotonic() + PATIENCE
    while not (found := get()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.1)
    return found


def said(text, role="USER"):
    """A message, as an event's payload holds it."""
    return {"conversational": {"content": {"text": text}, "role": role}}


def texts(event):
    return [part["conversational"]["content"]["text"] for part in event["payload"] if "conversational" in part]


class Memory:
    """A memory, and the clients that reach it."""

    def __init__(self, described):
        self.id = described["id"]
        self.arn = described["arn"]
        self.strategies = {found["name"]: found["strategyId"] for found in described.get("strategies", [])}
        self.data = client("bedrock-agentcore")
        self.said = 0

    @classmethod
    def create(cls, *strategies, **more):
        """A memory that can be used."""
        control = client("bedrock-agentcore-control")
        wanted = {"name": fresh(), "eventExpiryDuration": 30} | more
        if strategies:
            wanted["memoryStrategies"] = list(strategies)
        created = control.create_memory(**wanted)["memory"]
        control.get_waiter("memory_created").wait(memoryId=created["id"])
        return cls(control.get_memory(memoryId=created["id"])["memory"])

    def reconnect(self):
        """To a server that was started again, and has another port."""
        self.data = client("bedrock-agentcore")

    def say(self, *messages, actor="anna", session="s1", **more):
        """An event with these messages, a second after the one before."""
        self.said += 1
        payload = [message if isinstance(message, dict) else said(message) for message in messages]
        when = more.pop("eventTimestamp", START + timedelta(seconds=self.said))
        return self.data.create_event(
            memoryId=self.id, actorId=actor, sessionId=session, eventTimestamp=when, payload=payload, **more
        )["event"]

    def events(self, actor="anna", session="s1", **more):
        """All events of a session, page by page."""
        pages = self.data.get_paginator("list_events").paginate(
            memoryId=self.id, actorId=actor, sessionId=session, **more
        )
        return [event for page in pages for event in page["events"]]

    def write(self, *records, **more):
        """Records by their texts and namespaces; their ids."""
        wanted = [self.record(number, *record) for number, record in enumerate(records)]
        answer = self.data.batch_create_memory_records(memoryId=self.id, records=wanted, **more)
        assert not answer["failedRecords"], answer["failedRecords"]
        return [row["memoryRecordId"] for row in answer["successfulRecords"]]

    @staticmethod
    def record(number, text, namespace, metadata=None, strategy=None):
        row = {
            "requestIdentifier": f"r{number}",
            "namespaces": [namespace],
            "content": {"text": text},
            "timestamp": START + timedelta(seconds=number),
        }
        if metadata:
            row["metadata"] = metadata
        if strategy:
            row["memoryStrategyId"] = strategy
        return row

    def find(self, query, top=10, filters=None, **place):
        """What a search finds, best first."""
        criteria = {"searchQuery": query, "topK": top}
        if filters:
            criteria["metadataFilters"] = filters
        answer = self.data.retrieve_memory_records(memoryId=self.id, searchCriteria=criteria, **place)
        return answer["memoryRecordSummaries"]

    def records(self, **place):
        """All records in a place, page by page."""
        pages = self.data.get_paginator("list_memory_records").paginate(memoryId=self.id, **place)
        return [record for page in pages for record in page["memoryRecordSummaries"]]

    def delete(self):
        client("bedrock-agentcore-control").delete_memory(memoryId=self.id)


def condition(key, operator, kind=None, value=None):
    """A metadata filter."""
    found = {"left": {"metadataKey": key}, "operator": operator}
    return found if kind is None else found | {"right": {"metadataValue": {kind: value}}}
