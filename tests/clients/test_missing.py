"""A machine that lacks what sandboxes need: the server starts, keeps records, and says what to install."""

import os

import boto3
import pytest
from botocore.exceptions import ClientError

from servers import ROLE, Server, archive


@pytest.mark.parametrize(
    ("lacking", "advice"),
    [
        pytest.param({"PATH": "/nonexistent"}, "qemu", id="qemu"),
        pytest.param({"FREEHOLD_IMAGES": "/nonexistent"}, "make setup", id="images"),
    ],
)
@pytest.mark.vm
def test_what_is_missing_is_named(tmp_path, monkeypatch, lacking, advice):
    server = Server(tmp_path)
    with monkeypatch.context() as poorer:
        for name, value in lacking.items():
            poorer.setenv(name, value)
        server.start()
    try:
        exports, _ = server.environment()
        clients = boto3.Session(
            exports["AWS_ACCESS_KEY_ID"], exports["AWS_SECRET_ACCESS_KEY"], region_name=exports["AWS_REGION"]
        )
        url = exports["AWS_ENDPOINT_URL_S3"]
        s3 = clients.client("s3", endpoint_url=url)
        s3.create_bucket(Bucket="code")
        s3.put_object(Bucket="code", Key="agent.zip", Body=archive({"main.py": "print()"}))
        control = clients.client("bedrock-agentcore-control", endpoint_url=url)
        code = {"code": {"s3": {"bucket": "code", "prefix": "agent.zip"}}, "runtime": "PYTHON_3_11", "entryPoint": ["main.py"]}
        with pytest.raises(ClientError) as refused:
            control.create_agent_runtime(
                agentRuntimeName="agent",
                agentRuntimeArtifact={"codeConfiguration": code},
                roleArn=ROLE,
                networkConfiguration={"networkMode": "PUBLIC"},
            )
        assert refused.value.response["Error"]["Code"] == "ValidationException"
        assert advice in refused.value.response["Error"]["Message"].lower()
        assert control.list_agent_runtimes()["agentRuntimes"] == [], "nothing was written"
    finally:
        server.stop()
    assert os.environ["PATH"] != "/nonexistent"
