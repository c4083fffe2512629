"""Who the caller is."""

import os

import boto3
import pytest
from botocore.exceptions import ClientError

from servers import client


def test_caller_identity(server):
    identity = client("sts").get_caller_identity()
    assert identity["Account"] == "000000000000"
    assert identity["Arn"] == "arn:aws:iam::000000000000:root"


def test_a_wrong_secret_is_refused(server):
    key = os.environ["AWS_ACCESS_KEY_ID"]
    stranger = boto3.client("sts", aws_access_key_id=key, aws_secret_access_key="wrong")
    with pytest.raises(ClientError) as refusal:
        stranger.get_caller_identity()
    assert refusal.value.response["Error"]["Code"] == "SignatureDoesNotMatch"
