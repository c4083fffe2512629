"""Searching memories: how fast and how near to exact search among a million records, and how well the turns of long
conversations are found that answer a question.

    python bench/retrieval.py

For the second, FREEHOLD_LOCOMO names a directory of conversations of the LoCoMo data set, one JSON file each.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/clients"))

from embeddings import PEER, ROOT, run  # noqa: E402
from made_up import MadeUp, Signed  # noqa: E402
from servers import Server  # noqa: E402
from table import Table, mb, ms, p50, quantile  # noqa: E402

RECORDS, NAMESPACES = 1_000_000, 1_000
MODES = ("lexical", "vector", "hybrid")
WANTED = (5, 10)
MODELS = """
[providers.bench]
kind = "openai"
base-url = "http://ADDRESS/v1"

[embedders.default]
kind = "openai"
provider = "bench"
model = "made-up"
"""


def measure(table):
    """Adds the rows of both."""
    measure_speed(table, RECORDS, NAMESPACES)
    measure_quality(table)


def measure_speed(table, records, namespaces, kind="structured"):
    """Made-up records: the program's own description says of what kind. First the engine alone is asked, then a server."""
    with tempfile.TemporaryDirectory() as directory:
        program, world = build("bench-load", "retrieval"), [directory, records, namespaces, kind]
        # In two processes, so that what was needed for filling is not counted as what asking needs.
        found = run([program, "fill", *world]) | run([program, "ask", *world])
        served = ask_server(Path(directory))
    row = f"RetrieveMemoryRecords among {records:,} records, as signed HTTP, the question's vector being known"
    for scope, where, goal in (("one", f"in one of {namespaces:,} namespaces", 5), ("all", "in all of them", 20)):
        known, asked = served[scope, "known"], served[scope, "asked"]
        table.add(f"{row}, {where}, p50", ms(p50(known)), f"≤ {goal} ms", p50(known) <= goal / 1e3)
        table.add("… p99", ms(quantile(known, 0.99)))
        table.add("… the embedder being asked first, p50 / p99", f"{ms(p50(asked))} / {ms(quantile(asked, 0.99))}")
        row = "…"
    table.add("… embedder's round trip, p50 (an HTTP server in the bench)", ms(p50(served["embedder"])))
    add_engine(table, records, found)


def add_engine(table, records, found):
    inside, everywhere = found["namespace"]["seconds"], found["all"]["seconds"]
    recall, rate = found["recall_at_10"], records / found["build_seconds"]
    table.add("the same by the engine alone, in one namespace, p50 / p99", f"{ms(p50(inside))} / {ms(quantile(inside, 0.99))}")
    table.add("… in all of them, p50 / p99", f"{ms(p50(everywhere))} / {ms(quantile(everywhere, 0.99))}")
    for name, how in (("all_by_words", "by words alone"), ("all_by_meaning", "by meaning alone")):
        table.add(f"… in all of them, {how}, p50", ms(p50(found[name]["seconds"])))
    each = [ms(found[name]["processor_seconds_each"]) for name in ("namespace", "all")]
    table.add("… processor time, in one / in all", " / ".join(each))
    table.add("… by meaning: recall@10 against exact search", f"{recall:.3f}", "≥ 0.97", recall >= 0.97)
    table.add("… records indexed a second, durably", f"{rate:,.0f}")
    table.add("… one more, until it is durable and found, p50", ms(p50(found["write_one"])))
    table.add("… disk for each", f"{found['bytes_on_disk'] / records:,.0f} bytes")
    table.add("… memory for each", f"{found['memory_bytes'] / records:,.0f} bytes")
    table.add("… memory", mb(found["memory_bytes"]))
    table.add("… first search after a start", ms(found["first_search_seconds"]))


def ask_server(directory):
    """Seconds of each question, in its namespace and in all of them, with and without the embedder being asked first."""
    told = json.loads((directory / "questions.json").read_text())
    embedder = MadeUp({question["text"]: question["vector"] for question in told["questions"]})
    (directory / "data/models.toml").write_text(MODELS.replace("ADDRESS", embedder.address))
    server = Server(directory).start()
    try:
        exports, _ = server.environment()
        client = Signed(server.address, exports, f"/memories/{told['memory']}/retrieve")
        taken = {}
        for scope in ("one", "all"):
            # With other blanks at its end, a question is one that the embedder has not been asked yet.
            for how, blanks in (("warm", ""), ("asked", " " if scope == "one" else "  "), ("known", "")):
                bodies = [body(question, scope, blanks) for question in told["questions"]]
                taken[scope, how] = [client.ask(body) for body in bodies]
        taken["embedder"] = embedder.round_trips([question["text"] for question in told["questions"]])
        return taken
    finally:
        server.stop()
        embedder.stop()


def body(question, scope, blanks):
    place = {"namespace": question["namespace"]} if scope == "one" else {"namespacePath": "/"}
    return place | {"searchCriteria": {"searchQuery": question["text"] + blanks, "topK": 10}}


def measure_quality(table):
    """Each turn a document, each question asked of its conversation: the share of the turns that answer it."""
    directory = os.environ.get("FREEHOLD_LOCOMO")
    if not directory:
        table.add("retrieval quality", "not here: FREEHOLD_LOCOMO names no conversations")
        return
    if not PEER.exists():
        table.add("retrieval quality", "not here: scripts/setup peers installs the model")
        return
    texts, evidence = conversations(sorted(Path(directory).glob("*.json")))
    found = ask(texts)
    row = f"turns that answer {len(evidence)} questions on {len({place for place, _ in evidence})} conversations"
    shares = {(mode, wanted): recall(found[mode], evidence, wanted) for mode in MODES for wanted in WANTED}
    for wanted in WANTED:
        for mode in MODES:
            measured = shares[mode, wanted]
            hoped = ()
            if mode == "hybrid":
                hoped = ("above both", measured > max(shares["lexical", wanted], shares["vector", wanted]))
            table.add(f"{row}, {mode}, recall@{wanted}", f"{measured:.3f}", *hoped)
            row = "…"
    for wanted in WANTED:
        for place in sorted({place for place, _ in evidence}):
            here = [at for at, (where, _) in enumerate(evidence) if where == place]
            measured = [recall([found[mode][at] for at in here], [evidence[at] for at in here], wanted) for mode in MODES]
            values = " / ".join(f"{share:.3f}" for share in measured)
            table.add(f"… {' / '.join(MODES)}, {place} alone, recall@{wanted}", values, "above both", measured[2] > max(measured[:2]))


def conversations(files):
    """Documents and questions of all, and for each question its place and the ids of the turns that answer it."""
    documents, questions, evidence = [], [], []
    for file in files:
        content = json.loads(file.read_text())
        place = f"/{file.stem}"
        sessions = [turns for name, turns in content.items() if re.fullmatch(r"session_\d+", name)]
        turns = {turn["dia_id"]: turn for session in sessions for turn in session}
        for name, turn in turns.items():
            documents.append({"id": f"{place}/{name}", "place": place, "text": f"{turn['speaker']}: {turn['text']}"})
        for question in content["qa"]:
            # Some name several turns in one text, and some name turns that do not exist.
            named = re.findall(r"D\d+:\d+", " ".join(question.get("evidence") or []))
            answers = {f"{place}/{name}" for name in named if name in turns}
            if answers:
                questions.append({"place": place, "text": question["question"]})
                evidence.append((place, answers))
    return {"documents": documents, "questions": questions}, evidence


def ask(texts):
    """What is found for each question, in each way, best first."""
    model = run([PEER, ROOT / "bench/embeddings_peer.py", "where"])["model"]
    with tempfile.TemporaryDirectory() as directory:
        directory = Path(directory)
        sentences = [text["text"] for text in texts["documents"] + texts["questions"]]
        (directory / "sentences.json").write_text(json.dumps(sentences))
        (directory / "texts.json").write_text(json.dumps(texts))
        run([build("inference-local", "embeddings"), model, directory / "sentences.json", directory / "vectors", 1])
        return run(
            [build("search-local", "quality"), directory / "texts.json", directory / "vectors", directory / "index"]
        )


def recall(found, evidence, wanted):
    """The mean share of the answering turns among the first so many."""
    shares = []
    for hits, (_, answers) in zip(found, evidence):
        ids = {name for name, _ in hits[:wanted]}
        shares.append(len(ids & answers) / len(answers))
    return sum(shares) / len(shares)


def build(package, example):
    command = ["cargo", "build", "--quiet", "--release", "--locked", "--package", package, "--example", example]
    subprocess.run(command, cwd=ROOT, check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release/examples" / example


if __name__ == "__main__":
    table = Table()
    measure(table)
    table.print()
