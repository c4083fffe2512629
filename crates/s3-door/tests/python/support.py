"""What the test programs share."""

import os

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT = os.environ["EXPECTED_ACCOUNT"]


def client(signature_version=None, **options):
    config = Config(s3={"addressing_style": "path"}, signature_version=signature_version)
    return boto3.client("s3", config=config, **options)


def refused(code, call, *arguments, **named):
    """Asserts that the call is refused with this code; returns the response."""
    try:
        call(*arguments, **named)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
        return error.response
    raise AssertionError(f"{call.__name__} was not refused with {code}")
