"""A server process of one's own, and the agents that are put onto it."""

import io
import json
import os
import shlex
import signal
import subprocess
import time
import uuid
import zipfile
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import boto3
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[2]
READY_LINE = "freehold is ready on http://"
START_BUDGET = 60
# Without hardware virtualisation a framework is imported under emulation, and versions are built one by one.
DEPLOY_BUDGET = 300
ROLE = "arn:aws:iam::000000000000:role/agent"
BUCKET = "agents"


def commands(data):
    """How to start a server on this data directory, and how to print its environment.

    FREEHOLD_SIM_SERVER, for work on these tests themselves, is a server whose sandboxes are simulated.
    """
    simulated = os.environ.get("FREEHOLD_SIM_SERVER")
    serve = [simulated, str(data)] if simulated else [binary(), "serve", "--listen", "127.0.0.1:0", "--data", str(data)]
    return serve, [binary(), "env", "--data", str(data)]


def binary():
    """The built binary: FREEHOLD_BIN, or where `make build` leaves it."""
    return os.environ.get("FREEHOLD_BIN", str(ROOT / "target/release/freehold"))


class Server:
    """A server on a data directory and a port of its own."""

    def __init__(self, directory, settings=None):
        Path(directory).mkdir(parents=True, exist_ok=True)
        self.directory = Path(directory)
        self.configuration = {}
        if settings is not None:
            self.configure(settings)
        self.data = Path(directory) / "data"
        self.log_path = Path(directory) / "server.log"
        self.process = None
        self.address = None
        self.ready_after = None

    def configure(self, settings):
        """What it reads when it starts."""
        path = self.directory / "freehold.toml"
        path.write_text(settings)
        self.configuration["FREEHOLD_CONFIG"] = str(path)

    def start(self):
        serve, _ = commands(self.data)
        begun = time.monotonic()
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                serve, stdout=subprocess.PIPE, stderr=log, text=True, env=os.environ | self.configuration
            )
        said = Queue()
        Thread(target=self._listen, args=(self.process, said), daemon=True).start()
        line = ""
        while not line.startswith(READY_LINE):
            try:
                line = said.get(timeout=START_BUDGET)
            except Empty:
                line = ""
            if not line:
                self.kill()
                raise RuntimeError(f"the server did not start:\n{self.log()}")
        self.ready_after = time.monotonic() - begun
        self.address = line.strip().removeprefix(READY_LINE)
        return self

    @staticmethod
    def _listen(process, said):
        for line in process.stdout:
            said.put(line)
        said.put("")

    def environment(self):
        """What `eval "$(freehold env)"` sets, and the names that it unsets."""
        _, env = commands(self.data)
        printed = subprocess.run([*env, "--listen", self.address], check=True, stdout=subprocess.PIPE, text=True)
        exports, unset = {}, []
        for line in printed.stdout.splitlines():
            verb, *words = shlex.split(line)
            if verb == "export":
                exports.update(word.split("=", 1) for word in words)
            elif verb == "unset":
                unset.extend(words)
        return exports, unset

    def enter_environment(self):
        """Points every client of this process at the server."""
        exports, unset = self.environment()
        for name in unset:
            os.environ.pop(name, None)
        os.environ.update(exports)
        # No client may find credentials or settings anywhere else.
        os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
        os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
        boto3.setup_default_session()

    @contextmanager
    def entered(self):
        """The same for a while; what else runs keeps its own environment."""
        before = dict(os.environ)
        self.enter_environment()
        try:
            yield self
        finally:
            os.environ.clear()
            os.environ.update(before)
            boto3.setup_default_session()

    @contextmanager
    def running(self):
        """Started and entered for a while; whatever goes wrong meanwhile, it is ended."""
        self.start()
        try:
            with self.entered():
                yield self
        finally:
            self.stop()

    def freehold(self, *words, ok=True):
        """What a command of ours prints about this server; its complaint, if it has to fail."""
        place = {"FREEHOLD_DATA": str(self.data), "FREEHOLD_ENDPOINT": f"http://{self.address}"}
        done = subprocess.run([binary(), *words], env=os.environ | place, capture_output=True, text=True, timeout=120)
        if ok != (done.returncode == 0):
            raise AssertionError(f"freehold {' '.join(words)} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout if ok else done.stderr

    def stop(self):
        """Ends it as an operator does, unless it was killed; it has to agree."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError(f"the server did not stop:\n{self.log()}") from None
        if code != 0 and "FREEHOLD_SIM_SERVER" not in os.environ:
            raise RuntimeError(f"the server ended with {code}:\n{self.log()}")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def log(self, lines=40):
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def resident(self, of="VmRSS"):
        """The server's own memory in bytes, as the kernel counts it."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith(of + ":"))
        return int(line.split()[1]) * 1024


def machines(data):
    """The process ids of the machines of this data directory."""
    found = set()
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            line = (directory / "cmdline").read_bytes()
        except OSError:
            continue
        if b"qemu-system" in line.split(b"\0")[0] and os.fsencode(data) in line:
            found.add(int(directory.name))
    return found


def client(service, **config):
    """An ordinary client that does not hide failures by trying again."""
    settings = {"read_timeout": 300, "retries": {"total_max_attempts": 1}} | config
    return boto3.client(service, config=Config(**settings))


def archive(files):
    """A zip of `{name: content}`."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as target:
        for name, text in files.items():
            target.writestr(name, text)
    return content.getvalue()


def archive_of(directory):
    """A zip of a directory's Python files."""
    return archive({path.name: path.read_bytes() for path in Path(directory).glob("*.py")})


def upload(content, key):
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=key, Body=content)


def artifact(key, entry_point=("main.py",)):
    code = {"s3": {"bucket": BUCKET, "prefix": key}}
    return {"codeConfiguration": {"code": code, "runtime": "PYTHON_3_11", "entryPoint": list(entry_point)}}


def request(name, key, **more):
    """The parameters of `create_agent_runtime`."""
    return {
        "agentRuntimeName": name,
        "agentRuntimeArtifact": artifact(key),
        "networkConfiguration": {"networkMode": "PUBLIC"},
        "roleArn": ROLE,
    } | more


def wait_for_runtime(control, identifier):
    """The runtime once it is neither being made nor changed."""
    return wait(lambda: control.get_agent_runtime(agentRuntimeId=identifier))


def wait(get, busy=("CREATING", "UPDATING", "DELETING")):
    deadline = time.monotonic() + DEPLOY_BUDGET
    while (found := get())["status"] in busy:
        if time.monotonic() > deadline:
            raise TimeoutError(f"still {found['status']} after {DEPLOY_BUDGET} s")
        time.sleep(0.05)
    return found


class Agent:
    """A deployed agent."""

    def __init__(self, arn, identifier):
        self.arn = arn
        self.id = identifier

    @classmethod
    def deploy(cls, name, content, **more):
        """Uploads the code, creates the runtime and waits until it is ready."""
        created, shown = cls.create(name, content, **more)
        if shown["status"] != "READY":
            raise RuntimeError(f"{shown['status']}: {shown.get('failureReason')}")
        return created

    @classmethod
    def create(cls, name, content, **more):
        """The same, however it ends; with what the runtime shows then."""
        upload(content, f"{name}.zip")
        control = client("bedrock-agentcore-control")
        created = control.create_agent_runtime(**request(name, f"{name}.zip", **more))
        shown = wait_for_runtime(control, created["agentRuntimeId"])
        return cls(created["agentRuntimeArn"], created["agentRuntimeId"]), shown

    def session(self):
        return Session(self)

    def delete(self):
        control = client("bedrock-agentcore-control")
        control.delete_agent_runtime(agentRuntimeId=self.id)
        try:
            wait(lambda: control.get_agent_runtime(agentRuntimeId=self.id))
        except control.exceptions.ResourceNotFoundException:
            pass


class Session:
    """One conversation with an agent, which is one machine."""

    def __init__(self, agent):
        self.agent = agent
        self.id = f"test-{uuid.uuid4()}"
        self.client = client("bedrock-agentcore")

    def invoke(self, payload, **more):
        """The answer with its headers; its body is `["response"]`, as it comes."""
        content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return self.client.invoke_agent_runtime(
            agentRuntimeArn=self.agent.arn, runtimeSessionId=self.id, payload=content, **more
        )

    def ask(self, payload):
        """The answer's document."""
        return json.loads(self.invoke(payload)["response"].read())

    def stop(self):
        return self.client.stop_runtime_session(agentRuntimeArn=self.agent.arn, runtimeSessionId=self.id)
