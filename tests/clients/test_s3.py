"""The S3 door, as boto3 uses it."""

import hashlib
import io
import urllib.error
import urllib.request
import uuid

import pytest
from botocore.exceptions import ClientError

from servers import client


@pytest.fixture(scope="module")
def s3(server):
    return client("s3")


@pytest.fixture
def bucket(s3):
    name = f"bucket-{uuid.uuid4()}"
    s3.create_bucket(Bucket=name)
    yield name
    for listed in s3.get_paginator("list_objects_v2").paginate(Bucket=name):
        for found in listed.get("Contents", []):
            s3.delete_object(Bucket=name, Key=found["Key"])
    s3.delete_bucket(Bucket=name)


def error_code(call, **parameters):
    with pytest.raises(ClientError) as refusal:
        call(**parameters)
    return refusal.value.response["Error"]["Code"]


def test_what_is_put_can_be_got(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="a/b c+d.txt", Body=b"content", ContentType="text/plain")
    assert put["ETag"] == f'"{hashlib.md5(b"content").hexdigest()}"'
    got = s3.get_object(Bucket=bucket, Key="a/b c+d.txt")
    assert (got["Body"].read(), got["ContentType"]) == (b"content", "text/plain")
    head = s3.head_object(Bucket=bucket, Key="a/b c+d.txt")
    assert (head["ContentLength"], head["ETag"]) == (7, put["ETag"])


def test_a_range_is_a_part(s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"0123456789")
    got = s3.get_object(Bucket=bucket, Key="key", Range="bytes=3-5")
    assert (got["Body"].read(), got["ContentRange"]) == (b"345", "bytes 3-5/10")


def test_twenty_megabytes_go_up_in_parts_and_come_down_again(s3, bucket):
    content = hashlib.shake_128(b"seed").digest(20_000_000)
    s3.upload_fileobj(io.BytesIO(content), bucket, "large")
    assert s3.head_object(Bucket=bucket, Key="large")["ETag"].strip('"').endswith("-3")
    down = io.BytesIO()
    s3.download_fileobj(bucket, "large", down)
    assert down.getvalue() == content


def test_listings_have_pages_and_folders(s3, bucket):
    keys = sorted(f"{folder}/{number}" for folder in "ab" for number in range(5))
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 3})
    assert [found["Key"] for page in pages for found in page["Contents"]] == keys
    folders = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert [folder["Prefix"] for folder in folders["CommonPrefixes"]] == ["a/", "b/"]


def test_what_is_absent_is_named(s3, bucket):
    assert error_code(s3.get_object, Bucket=bucket, Key="absent") == "NoSuchKey"
    assert error_code(s3.get_object, Bucket="no-such-bucket", Key="absent") == "NoSuchBucket"
    assert error_code(s3.head_object, Bucket=bucket, Key="absent") == "404"


def test_a_key_stays_in_its_bucket(s3, bucket):
    for key in ["../escaped", "a/../../escaped", "/etc/passwd", "..", "a//b", "%2e%2e/escaped"]:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()


# For this region boto3 presigns in the old form (version 2) unless it is told not to.
@pytest.mark.parametrize("config", [{}, {"signature_version": "s3v4"}], ids=["as-it-comes", "s3v4"])
def test_a_presigned_url_needs_no_key(s3, bucket, config):
    s3.put_object(Bucket=bucket, Key="key", Body=b"content")
    place = {"Bucket": bucket, "Key": "key"}
    url = client("s3", **config).generate_presigned_url("get_object", Params=place, ExpiresIn=60)
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"content"
    with pytest.raises(urllib.error.HTTPError) as forged:
        urllib.request.urlopen(url.replace("/key?", "/other?"))
    assert forged.value.code == 403


def test_an_abandoned_upload_leaves_nothing(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="key")["UploadId"]
    s3.upload_part(Bucket=bucket, Key="key", UploadId=upload, PartNumber=1, Body=b"part")
    s3.abort_multipart_upload(Bucket=bucket, Key="key", UploadId=upload)
    assert error_code(s3.list_parts, Bucket=bucket, Key="key", UploadId=upload) == "NoSuchUpload"
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
