"""Records found by words and by meaning together, with an embedder over HTTP; and without it while it is away."""

import time

import pytest

from ours import call
from providers import Provider
from remembering import Memory, condition, wait_for
from servers import Server

MODE = "x-freehold-search-mode"
RECORDS = [
    ("Anna has a red car.", "/people/anna"),
    ("Bert is the doctor of the village.", "/people/bert"),
    ("The spare key hangs in locker 4711.", "/things"),
    ("The cat sleeps beneath the stove.", "/things/alive"),
    ("Bread is baked on Mondays.", "/things"),
]


@pytest.fixture
def embedder():
    running = Provider()
    yield running
    running.stop()


@pytest.fixture
def server(embedder, tmp_path):
    """A server of the test's own: embedders come and go."""
    own = Server(tmp_path)
    own.data.mkdir(mode=0o700)
    (own.data / "models.toml").write_text(embedder.embedder())
    with own.running():
        yield own


@pytest.fixture
def memory(server):
    memory = Memory.create(indexedKeys=[{"key": "topic", "type": "STRING"}])
    memory.ids = memory.write(*RECORDS)
    embedded(server, memory, len(RECORDS))
    return memory


def index(server, memory):
    """What `freehold memory show` knows of how a memory is searched."""
    return call(server, "GET", f"memories/{memory.id}")["index"]


def embedded(server, memory, records):
    """Waits until so many records are found by their meaning."""

    def holds():
        known = index(server, memory)
        return known["waiting"] == 0 and known["records"] == known["vectors"] == records

    wait_for(f"{records} vectors", holds)


def modes(found):
    return {row["metadata"][MODE]["stringValue"] for row in found}


def mode(memory, words="locker 4711"):
    """How a question that nobody asked before is answered."""
    (found,) = modes(memory.find(f"{words}, asked at {time.monotonic_ns()}", namespacePath="/"))
    return found


def texts(found):
    return [row["content"]["text"] for row in found]


def test_words_and_meaning_find_together(server, memory):
    for question, number in {
        "Who owns an automobile?": 0,
        "Is a physician near?": 1,
        "Where does the kitten sleep?": 3,
        "4711": 2,
        "bread": 4,
    }.items():
        found = memory.find(question, namespacePath="/")
        assert found[0]["memoryRecordId"] == memory.ids[number], question
        assert modes(found) == {"hybrid"} and 0.2 <= found[0]["score"] <= 1, question
    assert "found by hybrid search" in server.freehold("memory", "search", memory.id, "automobile")
    shown = call(server, "GET", f"memories/{memory.id}")
    assert shown["embedder"] == "meanings" and shown["index"]["vectors"] == len(RECORDS)


def test_what_may_be_found_is_decided_before_the_best_are_chosen(server, memory):
    day, night = ({"topic": {"stringValue": topic}} for topic in ("day", "night"))
    memory.write(*[(f"A car, and one more car: {n}.", "/cars", day) for n in range(40)])
    memory.write(("Somebody at some time had a car.", "/cars/old", night))
    embedded(server, memory, len(RECORDS) + 41)
    only = ["Somebody at some time had a car."]
    by_topic = [condition("topic", "EQUALS_TO", "stringValue", "night")]
    for question in ("automobile", "car"):
        assert texts(memory.find(question, top=1, filters=by_topic, namespacePath="/")) == only
        assert texts(memory.find(question, top=1, namespace="/cars/old")) == only
        assert texts(memory.find(question, top=1, namespacePath="/cars")) != only
        assert memory.find(question, top=5, filters=by_topic, namespacePath="/people") == []


def test_the_best_come_first_page_by_page(server, memory):
    words = ["car", "automobile", "cart", "care", "carpet"]
    memory.write(*[(f"{words[n % 5]} {words[n % 3]} {'cat ' * (n % 4)}number {n}", "/mixed") for n in range(60)])
    embedded(server, memory, len(RECORDS) + 60)
    asked = {"memoryId": memory.id, "namespace": "/mixed", "searchCriteria": {"searchQuery": "a vehicle of the cat", "topK": 50}}
    whole = memory.data.retrieve_memory_records(maxResults=50, **asked)["memoryRecordSummaries"]
    scores = [row["score"] for row in whole]
    assert len(whole) == 50 and scores == sorted(scores, reverse=True) and len(set(scores)) > 5
    paginator = memory.data.get_paginator("retrieve_memory_records")
    pages = paginator.paginate(PaginationConfig={"PageSize": 7}, **asked)
    found = [row for page in pages for row in page["memoryRecordSummaries"]]
    assert [row["score"] for row in found] == scores
    ids = {row["memoryRecordId"] for row in found}
    assert len(ids) == 50 and ids == {row["memoryRecordId"] for row in whole}


def test_while_the_embedder_is_away_words_find_alone_and_it_is_told(server, memory, embedder):
    assert mode(memory) == "hybrid"
    embedder.away = True
    assert mode(memory) == "lexical"
    (late,) = memory.write(("Carl bought a house.", "/people/carl"))
    found = wait_for("it by its words", lambda: memory.find("Carl's house", namespace="/people/carl"))
    assert found[0]["memoryRecordId"] == late and modes(found) == {"lexical"}
    assert memory.find("dwelling that somebody did purchase", namespacePath="/people") == []
    assert index(server, memory)["vectors"] == len(RECORDS)
    embedder.away = False
    embedded(server, memory, len(RECORDS) + 1)
    found = memory.find("dwelling that somebody did purchase", namespacePath="/people")
    assert found[0]["memoryRecordId"] == late and modes(found) == {"hybrid"}
    assert "the embedder does not answer" in server.log_path.read_text()


def test_another_embedder_gets_an_index_of_its_own(server, memory, embedder):
    """The models file names another model, of another dimension, while the server runs."""
    embedder.dimension = 200
    (server.data / "models.toml").write_text(embedder.embedder("others"))
    # Nobody writes anything: asking is enough.
    wait_for("the new index", lambda: mode(memory) == "hybrid" and is_of(server, memory, "others"))
    embedded(server, memory, len(RECORDS))
    everything_is_found(memory)


def is_of(server, memory, model):
    return call(server, "GET", f"memories/{memory.id}")["embedder"] == model


def everything_is_found(memory):
    for question, number in {"automobile": 0, "physician": 1, "4711": 2, "feline": 3, "bread": 4}.items():
        found = memory.find(question, namespacePath="/")
        assert found[0]["memoryRecordId"] == memory.ids[number], question
        assert modes(found) == {"hybrid"}, question


def test_an_embedder_that_changes_its_dimension_loses_nothing(server, memory, embedder):
    """Under the same name: it is not believed as long as the server runs, and is another one after that."""
    memory.find("automobile", namespacePath="/")
    embedder.dimension = 200
    assert mode(memory) == "lexical"
    (late,) = memory.write(("Carl bought a house.", "/people/carl"))
    found = wait_for("it by its words", lambda: memory.find("Carl's house", namespace="/people/carl"))
    assert modes(found) == {"lexical"}
    assert "a vector of 200 dimensions where 256 are expected" in server.log_path.read_text()
    server.stop()
    server.start()
    server.enter_environment()
    memory.reconnect()
    embedded(server, memory, len(RECORDS) + 1)
    everything_is_found(memory)
    assert memory.find("somebody's dwelling", namespacePath="/people")[0]["memoryRecordId"] == late
    assert len(memory.records(namespacePath="/")) == len(RECORDS) + 1
