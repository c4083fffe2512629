"""Agents that never get ready. They load nothing: a busy machine takes long for that, and one of them has little time."""

import sys
import time

print("agent is starting", flush=True)
if sys.argv[1] == "crash":
    raise ModuleNotFoundError("No module named 'absent'")
while True:
    time.sleep(3600)
