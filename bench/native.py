"""The same agent as a plain process on this machine, which is what its microVM is compared with."""

import http.client
import os
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path

from table import p50

PORT = 8080
RUNS = 7
PATIENCE = 60


def first_answer(archive, payload, directory):
    """Median seconds from starting the process to the whole answer of its first invocation."""
    code = Path(directory) / archive.stem
    with zipfile.ZipFile(archive) as content:
        content.extractall(code)
    return p50([once(code, payload) for _ in range(RUNS)])


def once(code, payload):
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", PORT)) == 0:
            raise SystemExit(f"port {PORT} is taken: the native agent needs it")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(code), "HOME": str(code)}
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "main.py"], cwd=code, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not answers(payload):
            if time.monotonic() - begun > PATIENCE or process.poll() is not None:
                raise SystemExit("the native agent does not answer")
            time.sleep(0.002)
        return time.monotonic() - begun
    finally:
        process.kill()
        process.wait()


def answers(payload):
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    try:
        connection.request("POST", "/invocations", payload, {"Content-Type": "application/json"})
        return connection.getresponse().read() is not None
    except ConnectionError:
        return False
    finally:
        connection.close()
