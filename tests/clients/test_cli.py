"""The AWS CLI, unmodified."""

import json
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

AWS = Path(sys.executable).with_name("aws")


def aws(*words, ok=True):
    done = subprocess.run([AWS, *words, "--output", "json"], capture_output=True, text=True, timeout=120)
    if ok:
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.lstrip().startswith("{") else done.stdout
    assert done.returncode != 0, done.stdout
    return done.stderr


def test_caller_identity(server):
    assert aws("sts", "get-caller-identity")["Account"] == "000000000000"


def test_files_go_up_and_come_down(server, tmp_path):
    bucket = f"s3://cli-{uuid.uuid4()}"
    up, down = tmp_path / "up", tmp_path / "down"
    up.write_bytes(b"content" * 2_000_000)
    aws("s3", "mb", bucket)
    aws("s3", "cp", str(up), f"{bucket}/folder/file")
    assert "file" in aws("s3", "ls", f"{bucket}/folder/")
    aws("s3", "cp", f"{bucket}/folder/file", str(down))
    assert down.read_bytes() == up.read_bytes()
    aws("s3", "rb", "--force", bucket)


def test_runtimes_are_listed(server):
    assert "agentRuntimes" in aws("bedrock-agentcore-control", "list-agent-runtimes")


def test_an_error_is_shown_in_our_words(server):
    command = ["bedrock-agentcore-control", "get-agent-runtime", "--agent-runtime-id", "absent-abcdefghij"]
    assert "ResourceNotFoundException" in aws(*command, ok=False)


@pytest.mark.vm
def test_an_agent_answers(probe, tmp_path):
    answer = tmp_path / "answer"
    command = ["bedrock-agentcore", "invoke-agent-runtime", "--agent-runtime-arn", probe.arn]
    shown = aws(*command, "--payload", '{"do": "turn"}', str(answer))
    assert shown["statusCode"] == 200
    assert json.loads(answer.read_text()) == {"turn": 1}
