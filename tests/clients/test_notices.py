"""What a memory tells others: streams of records, and conversations for strategies that their owners run."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from ours import metric
from remembering import Memory, said, wait_for
from servers import Server, client

STREAM = "arn:aws:kinesis:us-east-1:000000000000:stream/records"
FILED = "arn:aws:kinesis:us-east-1:000000000000:stream/filed"
TOPIC = "arn:aws:sns:us-east-1:000000000000:conversations"
ROLE = "arn:aws:iam::000000000000:role/memory"


class Receiver:
    """A webhook that can be out of order."""

    def __init__(self):
        self.got, self.refused, self.status = [], 0, 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                if receiver.status == 200:
                    receiver.got.append((self.path, self.headers["x-freehold-notice-id"], json.loads(body)))
                else:
                    receiver.refused += 1
                self.send_response(receiver.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def events(self, memory):
        """What was told of a memory's records, in order, each once."""
        told = {}
        for path, notice, body in self.got:
            event = body.get("memoryStreamEvent", {})
            if path == "/records" and event.get("memoryId") == memory.id:
                told.setdefault(notice, event)
        return list(told.values())

    def announced(self, memory):
        return [body for path, _, body in self.got if path == "/topic" and body["memoryId"] == memory.id]


@pytest.fixture(scope="module")
def receiver():
    made = Receiver()
    yield made
    made.server.shutdown()


@pytest.fixture(scope="module")
def own(tmp_path_factory, receiver):
    """A server that knows where notices go."""
    directory = tmp_path_factory.mktemp("notices")
    settings = (
        f'[memory.streams]\n"{STREAM}" = "{receiver.url("/records")}"\n"{FILED}" = "{directory}/records.jsonl"\n'
        f'[memory.topics]\n"{TOPIC}" = "{receiver.url("/topic")}"\n'
    )
    with Server(directory, settings).running() as server:
        yield server


def streamed(arn, level="FULL_CONTENT"):
    content = [{"type": "MEMORY_RECORDS", "level": level}]
    resource = {"kinesis": {"dataStreamArn": arn, "contentConfigurations": content}}
    return Memory.create(memoryExecutionRoleArn=ROLE, streamDeliveryResources={"resources": [resource]})


def counted(server, memory, name):
    """How often that became of what the memory's stream was to be told."""
    return metric(server, f"agentcore_{name}", Operation="MemoryStreamEvent", Resource=memory.arn)


def kinds(events):
    return [(event["eventType"], event.get("memoryRecordId")) for event in events]


def test_a_webhook_is_told_of_each_change_in_order(own, receiver):
    memory = streamed(STREAM)
    (record,) = memory.write(("Ann likes tea.", "/ann"))
    change = {"memoryRecordId": record, "timestamp": 1, "content": {"text": "Ann likes coffee."}}
    memory.data.batch_update_memory_records(memoryId=memory.id, records=[change])
    memory.data.delete_memory_record(memoryId=memory.id, memoryRecordId=record)
    wait_for("the last change", lambda: len(receiver.events(memory)) >= 4)
    enabled, created, updated, deleted = receiver.events(memory)
    assert kinds([enabled, created, updated, deleted]) == [
        ("StreamingEnabled", None),
        ("MemoryRecordCreated", record),
        ("MemoryRecordUpdated", record),
        ("MemoryRecordDeleted", record),
    ]
    assert created["memoryRecordText"] == "Ann likes tea." and created["namespaces"] == ["/ann"]
    assert updated["memoryRecordText"] == "Ann likes coffee."
    assert set(deleted) == {"eventType", "eventTime", "memoryId", "memoryRecordId"}
    wait_for("the count", lambda: counted(own, memory, "StreamPublishingSuccess") == 4)
    assert counted(own, memory, "StreamPublishingFailure") == counted(own, memory, "StreamUserError") == 0
    memory.delete()


def test_what_cannot_be_told_is_counted_by_whose_fault_it_is(own, receiver):
    nowhere = streamed("arn:aws:kinesis:us-east-1:000000000000:stream/nowhere")
    nowhere.write(("One.", "/a"))
    wait_for("both notices", lambda: counted(own, nowhere, "StreamUserError") == 2)
    assert counted(own, nowhere, "StreamPublishingFailure") == 2
    nowhere.delete()
    memory = streamed(STREAM)
    wait_for("the beginning", lambda: receiver.events(memory))
    receiver.status = 500
    memory.write(("Two.", "/a"))
    wait_for("a failure", lambda: counted(own, memory, "StreamPublishingFailure"))
    assert counted(own, memory, "StreamUserError") == 0
    receiver.status = 404
    wait_for("a refusal", lambda: counted(own, memory, "StreamUserError"))
    receiver.status = 200
    wait_for("the record", lambda: len(receiver.events(memory)) == 2)
    memory.delete()


def test_nothing_is_lost_while_the_webhook_fails_and_the_server_is_killed(own, receiver):
    memory = streamed(STREAM, "METADATA_ONLY")
    wait_for("the beginning", lambda: receiver.events(memory))
    receiver.status = 503
    written = memory.write(*[(f"Fact {number}.", "/facts") for number in range(20)])
    wait_for("a refusal", lambda: receiver.refused)
    own.kill()
    receiver.status = 200
    own.start()
    own.enter_environment()
    wait_for("everything", lambda: len(receiver.events(memory)) >= 21)
    told = [event for event in receiver.events(memory) if event["eventType"] == "MemoryRecordCreated"]
    assert sorted(event["memoryRecordId"] for event in told) == sorted(written)
    assert not any("memoryRecordText" in event for event in told)


def test_a_file_is_told_line_by_line(own):
    memory = streamed(FILED)
    memory.write(("One.", "/a"), ("Two.", "/a"))
    path = own.directory / "records.jsonl"

    def told():
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line)["memoryStreamEvent"] for line in lines]

    wait_for("three lines", lambda: len(told()) >= 3)
    assert {event.get("memoryRecordText") for event in told()} == {None, "One.", "Two."}
    memory.delete()


def test_a_conversation_goes_to_the_owner_of_its_strategy(own, receiver):
    store = client("s3")
    store.create_bucket(Bucket="conversations")
    memory = Memory.create(
        {
            "customMemoryStrategy": {
                "name": "own",
                "configuration": {
                    "selfManagedConfiguration": {
                        "triggerConditions": [{"messageBasedTrigger": {"messageCount": 2}}],
                        "invocationConfiguration": {
                            "topicArn": TOPIC,
                            "payloadDeliveryBucketName": "conversations",
                        },
                        "historicalContextWindowSize": 4,
                    }
                },
            }
        },
        memoryExecutionRoleArn=ROLE,
    )
    memory.say("I like tea.")
    memory.say({"blob": {"mood": "calm"}})
    memory.say(said("Noted.", "ASSISTANT"))
    (first,) = wait_for("an announcement", lambda: receiver.announced(memory))
    memory.say("And coffee.", said("Noted, too.", "ASSISTANT"))
    wait_for("another", lambda: len(receiver.announced(memory)) == 2)
    second = receiver.announced(memory)[1]
    assert set(second) == {"jobId", "s3PayloadLocation", "memoryId", "strategyId"}
    assert second["strategyId"] == memory.strategies["own"] == first["strategyId"]
    bucket, key = second["s3PayloadLocation"].removeprefix("s3://").split("/", 1)
    payload = json.load(store.get_object(Bucket=bucket, Key=key)["Body"])
    assert payload["requestId"] == second["jobId"] and payload["actorId"] == "anna"
    told = [(part["role"], part["content"]["text"]) for part in payload["currentContext"]]
    assert told == [("USER", "And coffee."), ("ASSISTANT", "Noted, too.")]
    tea, blob, noted = payload["historicalContext"]
    assert [(part["role"], part["content"]["text"]) for part in (tea, noted)] == [
        ("USER", "I like tea."),
        ("ASSISTANT", "Noted."),
    ]
    assert json.loads(blob["blob"]) == {"mood": "calm"}
    memory.write(("Ann likes tea and coffee.", "/own/anna", None, memory.strategies["own"]))
    memory.delete()


def test_without_a_bucket_the_job_has_failed_and_can_be_had_again(own, receiver):
    managed = {
        "triggerConditions": [{"messageBasedTrigger": {"messageCount": 1}}],
        "invocationConfiguration": {"topicArn": TOPIC, "payloadDeliveryBucketName": "made-later"},
        "historicalContextWindowSize": 0,
    }
    custom = {"name": "own", "configuration": {"selfManagedConfiguration": managed}}
    memory = Memory.create({"customMemoryStrategy": custom}, memoryExecutionRoleArn=ROLE)
    memory.say("I like tea.")
    list_jobs = memory.data.list_memory_extraction_jobs
    (job,) = wait_for("the failure", lambda: list_jobs(memoryId=memory.id)["jobs"])
    assert "made-later does not exist" in job["failureReason"]
    client("s3").create_bucket(Bucket="made-later")
    memory.data.start_memory_extraction_job(memoryId=memory.id, extractionJob={"jobId": job["jobID"]})
    (announced,) = wait_for("the announcement", lambda: receiver.announced(memory))
    assert announced["jobId"] == job["jobID"]
    assert list_jobs(memoryId=memory.id)["jobs"] == []
    memory.delete()
