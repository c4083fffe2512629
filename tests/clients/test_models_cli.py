"""`freehold models`, with a server and without one."""

import json
import subprocess

import pytest

from servers import Server, binary
from weights import directory, needs_weights

SCRIPT = """
[[reply]]
model = "broken"
fail = "unavailable"
message = "The provider broke off."

[[reply]]
say = ["Here ", "I am."]
usage = { input = 5, output = 3 }
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("models"))
    server.data.mkdir(mode=0o700)
    (server.data / "script.toml").write_text(SCRIPT)
    server.start()
    yield server
    server.stop()


def offline(data, *words, ok=True):
    """A command on a data directory that no server uses."""
    environment = {"FREEHOLD_DATA": str(data), "FREEHOLD_ENDPOINT": "http://127.0.0.1:9", "PATH": "/usr/bin"}
    done = subprocess.run([binary(), "models", *words], env=environment, capture_output=True, text=True, timeout=60)
    assert ok == (done.returncode == 0), done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_name_is_added_and_used_without_a_restart(running):
    told = running.freehold(
        "models", "add", "tried", "--provider", "scripted", "--model", "any", "--script", "script.toml"
    )
    assert "[aliases.tried]" in told and 'kind = "scripted"' in told
    tried = running.freehold("models", "test", "tried")
    assert "Here I am." in tried and "first token" in tried
    listed = running.freehold("models", "list")
    assert "tried" in listed and "scripted" in listed


def test_a_model_that_fails_is_told(running):
    running.freehold("models", "add", "fails", "--provider", "scripted", "--model", "broken", "--replace")
    assert "The provider broke off." in running.freehold("models", "test", "fails", ok=False)
    assert "models add" in running.freehold("models", "test", "absent", ok=False)


def test_usage_shows_what_models_took(running):
    running.freehold("models", "add", "counted", "--provider", "scripted", "--model", "any", "--replace")
    running.freehold("models", "test", "counted")
    for by in ("agent", "session", "user", "alias", "model", "day"):
        assert "TOKENS READ" in running.freehold("usage", "--by", by)
    answer = json.loads(running.freehold("usage", "--by", "alias", "--json"))
    [line] = [line for line in answer["lines"] if line.get("alias") == "counted"]
    assert line["inputTokens"] == 5 and line["outputTokens"] == 3


def test_comments_stay_and_what_cannot_be_used_is_not_written(tmp_path):
    models = tmp_path / "models.toml"
    models.write_text('# ours\n[providers.anthropic]\nkind = "anthropic" # the first\napi-key = { env = "KEY" }\n')
    offline(tmp_path, "add", "default", "--provider", "anthropic", "--model", "claude-sonnet-4-6")
    text = models.read_text()
    assert text.startswith('# ours\n[providers.anthropic]\nkind = "anthropic" # the first\napi-key = { env = "KEY" }\n')
    assert 'targets = [{ provider = "anthropic", model = "claude-sonnet-4-6" }]' in text
    again = offline(tmp_path, "add", "default", "--provider", "anthropic", "--model", "other", ok=False)
    assert "--fallback" in again and models.read_text() == text
    assert "--kind" in offline(tmp_path, "add", "judge", "--provider", "ours", "--model", "m", ok=False)
    models.write_text("[providers.anthropic]\nkind = 7\n")
    broken = offline(tmp_path, "add", "judge", "--provider", "anthropic", "--model", "m", ok=False)
    assert "not understood" in broken and models.read_text() == "[providers.anthropic]\nkind = 7\n"


def test_without_a_server_the_file_is_listed(tmp_path):
    assert "freehold models add" in offline(tmp_path, "list")
    offline(tmp_path, "add", "default", "--provider", "anthropic", "--model", "claude-sonnet-4-6")
    listed = offline(tmp_path, "list")
    assert "no server answers" in listed and "default" in listed and "claude-sonnet-4-6" in listed


@needs_weights
def test_a_model_is_pulled_and_used(running):
    pulled = running.freehold("models", "pull", str(directory()), "--directory", "small", "--as", "small")
    assert "384 dimensions" in pulled and "[embedders.small]" in pulled
    assert "384 dimensions" in running.freehold("models", "test", "small")
    assert "small" in running.freehold("models", "list")
    again = running.freehold("models", "pull", str(directory()), "--directory", "small", "--as", "small", ok=False)
    assert "--replace" in again
    assert "already" in running.freehold(
        "models", "pull", str(directory()), "--directory", "small", "--as", "small", "--replace"
    )
