"""The server is killed while a memory is written, indexed, indexed anew and learned from: what was acknowledged is
there and found, and nothing is learned twice."""

import json
import os
import random
import re
import time
from threading import Thread

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from ours import call
from providers import Provider
from remembering import Memory, wait_for
from servers import Server
from test_memory import semantic
from test_memory_hybrid import embedded, is_of, mode, modes

SEED = int(os.environ.get("FREEHOLD_ENDURANCE_SEED", "20261121"))
BATCH = 100
LEARNING = "[memory]\nextract-when-idle-seconds = 1\nextract-after-messages = 1\n"


@pytest.fixture
def provider():
    running = Provider(dimension=32)
    yield running
    running.stop()


def serving(directory, models="", settings=None):
    server = Server(directory, settings)
    server.data.mkdir(mode=0o700)
    (server.data / "models.toml").write_text(models)
    return server.running()


def kill_and_start(server, memory):
    server.kill()
    server.start()
    server.enter_environment()
    memory.reconnect()


class Written:
    """What a memory has acknowledged: a batch of records for each place."""

    def __init__(self, memory):
        self.memory, self.places = memory, {}

    def add(self, batches):
        for _ in range(batches):
            place = f"/places/{len(self.places)}"
            texts = [(f"The heron of {place} has the number {n}.", place) for n in range(BATCH)]
            # Whoever is killed may have written what it did not acknowledge.
            self.places[place] = None
            self.places[place] = set(self.memory.write(*texts))

    def until_it_dies(self):
        try:
            while True:
                self.add(1)
        except (ClientError, HTTPClientError):
            pass

    def acknowledged(self):
        return {place: ids for place, ids in self.places.items() if ids}

    def found(self, place):
        """Everything that a search finds in a place, and how."""
        answer = self.memory.data.retrieve_memory_records(
            memoryId=self.memory.id,
            namespace=place,
            searchCriteria={"searchQuery": "heron", "topK": BATCH},
            maxResults=BATCH,
        )["memoryRecordSummaries"]
        return {row["memoryRecordId"] for row in answer}, modes(answer)

    def check(self, mode=None):
        """All of it is found, each batch whole."""
        for place, ids in self.acknowledged().items():
            found, how = self.found(place)
            assert found == ids, place
            assert mode is None or how == {mode}

    def settled(self):
        """Waits until each record is found, and nothing else is; how many there are."""
        stored = {place: set() for place in self.places}
        for row in self.memory.records(namespacePath="/places", PaginationConfig={"PageSize": 100}):
            stored[row["namespaces"][0]].add(row["memoryRecordId"])
        for place, ids in self.places.items():
            assert stored[place] == ids if ids else len(stored[place]) in (0, BATCH), "a batch is whole or not there"
        self.places = {place: ids or None for place, ids in stored.items()}
        wait_for("the index", lambda: all(self.found(place)[0] == ids for place, ids in self.acknowledged().items()))
        return sum(len(ids) for ids in stored.values())


def test_while_an_index_is_written_anew(provider, tmp_path):
    """For other embedders, each of which is held somewhere in between."""
    with serving(tmp_path, provider.embedder()) as server:
        memory = Memory.create()
        written = Written(memory)
        written.add(30)
        embedded(server, memory, 30 * BATCH)
        for round, requests in enumerate((12, 60)):
            provider.hold_after(requests)
            provider.dimension += 8
            (server.data / "models.toml").write_text(provider.embedder(f"embedder-{round}"))
            wait_for("the models file to be read", lambda: mode(memory, "heron") == "lexical")
            server.freehold("memory", "reindex", memory.id, "--no-wait")
            provider.held()
            kill_and_start(server, memory)
            provider.release()
            written.check()
            embedded(server, memory, len(written.places) * BATCH)
            assert is_of(server, memory, f"embedder-{round}")
            written.check("hybrid")
            written.add(1)
        embedded(server, memory, written.settled())


def test_while_records_are_indexed(provider, tmp_path):
    """What is acknowledged waits for an embedder as the server dies."""
    with serving(tmp_path, provider.embedder()) as server:
        memory = Memory.create()
        written = Written(memory)
        provider.hold_after(2)
        written.add(8)
        provider.held()
        kill_and_start(server, memory)
        provider.release()
        embedded(server, memory, 8 * BATCH)
        written.check("hybrid")


def test_while_records_are_written_and_indexed_anew_at_any_moment(tmp_path):
    chance = random.Random(SEED)
    with serving(tmp_path) as server:
        memory = Memory.create()
        written = Written(memory)
        written.add(10)
        for _ in range(4):
            writer = Thread(target=written.until_it_dies)
            writer.start()
            server.freehold("memory", "reindex", memory.id, "--no-wait")
            time.sleep(chance.uniform(0, 0.8))
            server.kill()
            writer.join()
            server.start()
            server.enter_environment()
            memory.reconnect()
            stored = written.settled()
        wait_for("the rest", lambda: call(server, "GET", f"memories/{memory.id}")["index"]["waiting"] == 0)
        assert call(server, "GET", f"memories/{memory.id}")["index"]["records"] == stored
        report = server.freehold("memory", "reindex", memory.id)
        assert report.splitlines()[-1] == f"{stored} records are found, 0 of them by meaning"
        written.check("lexical")


class Learner:
    """A model that finds numbers in what is said. It never says the same twice: what is learned twice shows."""

    def __init__(self):
        self.answers = 0

    def __call__(self, system, user):
        self.answers += 1
        if "AddMemory" in system:
            facts = re.findall(r'<NewMemory\d+>\n\[TIMESTAMP\]=\S+ \[MEMORY\]=(\{"fact":"[^"]+"\})', user)
            assert facts, user
            return json.dumps([{"memory": json.loads(fact), "operation": "AddMemory"} for fact in facts])
        numbers = re.findall(r"my number is (\d+)", user.split("<current_conversation>")[1])
        return json.dumps([{"fact": f"Anna has the number {number}, says answer {self.answers}."} for number in numbers])


def test_while_something_is_learned(provider, tmp_path):
    """While the model is asked in each of its steps, and at any moment."""
    chance, provider.answer = random.Random(SEED), Learner()
    with serving(tmp_path, provider.model(), LEARNING) as server:
        memory = Memory.create(semantic("facts", namespaceTemplates=["/facts/{actorId}"]))
        said = []

        def say(session):
            said.append(len(said))
            memory.say(f"Hello, my number is {said[-1]}.", session=session)

        def learned():
            wait_for("all is learned", lambda: call(server, "GET", f"memories/{memory.id}")["pendingMessages"] == 0)
            texts = [row["content"]["text"] for row in memory.records(namespace="/facts/anna")]
            assert sorted(int(re.search(r"number (\d+)", text)[1]) for text in texts) == said
            wait_for("all by a search", lambda: len(memory.find("number", namespace="/facts/anna")) == min(10, len(said)))

        say("first")
        learned()
        for step, answered in enumerate((0, 1)):
            provider.hold_after(answered)
            say(f"held-{step}")
            provider.held()
            kill_and_start(server, memory)
            provider.release()
            learned()
        for _ in range(6):
            for session in ("one", "two", "three"):
                say(session)
            time.sleep(chance.uniform(0, 0.5))
            kill_and_start(server, memory)
        learned()
        assert memory.data.list_memory_extraction_jobs(memoryId=memory.id)["jobs"] == []
        assert call(server, "GET", f"memories/{memory.id}")["failedJobs"] == 0
