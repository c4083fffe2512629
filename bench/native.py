"""The same agent as a plain process on this machine and under gVisor, which is what its microVM is compared with."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from table import p50

PORT = 8080
RUNS = 7
PATIENCE = 60


def first_answer(archive, payload, directory, around=()):
    """Median seconds from starting the process to the whole answer of its first invocation."""
    code = Path(directory) / archive.stem
    if not code.exists():
        with zipfile.ZipFile(archive) as content:
            content.extractall(code)
    return p50([once(code, payload, around) for _ in range(RUNS)])


def first_answer_under_gvisor(archive, payload, directory):
    """The same with a kernel of its own between it and the machine; `None` where gVisor is missing or fails."""
    runsc = shutil.which("runsc")
    if runsc is None:
        return None
    code = Path(directory) / archive.stem
    # ptrace works everywhere; with the host's network only the start is compared, not two network stacks.
    around = [runsc, "--rootless", "--platform=ptrace", "--network=host", "do", "--cwd", str(code)]
    try:
        return first_answer(archive, payload, directory, around)
    except NativeFailed as error:
        print(f"   gVisor: {error}", file=sys.stderr)
        return None


class NativeFailed(Exception):
    pass


def once(code, payload, around):
    if port_is_taken():
        raise SystemExit(f"port {PORT} is taken: the native agent needs it")
    # gVisor leaves its state behind in the directory for temporary files.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(code), "HOME": str(code), "TMPDIR": scratch}
        begun = time.monotonic()
        process = subprocess.Popen(
            [*around, os.path.realpath(sys.executable), "main.py"],
            cwd=code, env=environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            while not answers(payload):
                if time.monotonic() - begun > PATIENCE or process.poll() is not None:
                    raise NativeFailed("the native agent does not answer")
                time.sleep(0.002)
            return time.monotonic() - begun
        finally:
            end(process)


def end(process):
    """All of it: gVisor's own processes are in its group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    while port_is_taken():
        time.sleep(0.01)


def port_is_taken():
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", PORT)) == 0


def answers(payload):
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    try:
        connection.request("POST", "/invocations", payload, {"Content-Type": "application/json"})
        return connection.getresponse().read() is not None
    except ConnectionError:
        return False
    finally:
        connection.close()
