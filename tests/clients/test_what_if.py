"""The example that asks "what if" of one conversation, twice."""

import subprocess
import sys

import pytest

from servers import ROOT

pytestmark = pytest.mark.vm


def test_one_conversation_is_continued_twice_and_taken_back(server):
    command = [sys.executable, ROOT / "examples/what-if/what_if.py"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    for expected in [
        "agent Booked. 600 are left.",
        "agent Booked. 50 are left. agent Booked. 450 are left.",
        "agent No: boat trip costs 120, and 50 are left. agent Booked. 330 are left.",
        "agent flight, hotel; 50 left after 5 messages. "
        "agent flight, hostel, boat trip; 330 left after 5 messages.",
        "agent flight, suite; 0 left after 4 messages.",
        "agent flight; 600 left after 3 messages.",
    ]:
        assert expected in lines, done.stdout
