"""What must be refused, and must change nothing."""

import datetime
import os

import botocore.auth
from support import client, refused

s3 = client()
s3.create_bucket(Bucket="safe")
s3.put_object(Bucket="safe", Key="key", Body=b"old")
target = {"Bucket": "safe", "Key": "key"}

# Who is calling.
refused("InvalidAccessKeyId", client(aws_access_key_id="AKIANOBODY", aws_secret_access_key="x").list_buckets)
refused("SignatureDoesNotMatch", client(aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"], aws_secret_access_key="wrong").list_buckets)
refused("AuthorizationHeaderMalformed", client(region_name="eu-west-1").list_objects_v2, Bucket="safe")
refused("InvalidRequest", client(signature_version="s3").list_buckets)


signing = botocore.auth.SigV4Auth.add_auth


def late(minutes):
    """Signs as a client whose clock is wrong."""

    def add_auth(self, request):
        real = botocore.auth.get_current_datetime
        botocore.auth.get_current_datetime = lambda *a, **n: real(*a, **n) + datetime.timedelta(minutes=minutes)
        try:
            signing(self, request)
        finally:
            botocore.auth.get_current_datetime = real

    return add_auth


for minutes in (-16, 16):
    botocore.auth.SigV4Auth.add_auth = late(minutes)
    try:
        refused("RequestTimeTooSkewed", client().list_buckets)
    finally:
        botocore.auth.SigV4Auth.add_auth = signing


def tampered(edit):
    """A client whose requests are changed after they are signed."""
    bad = client()
    bad.meta.events.register("before-send.s3", lambda request, **_: edit(request))
    return bad


def other_body(request):
    request.body = b"bad"


def other_checksum(request):
    request.headers["x-amz-checksum-crc32"] = "AAAAAA=="


# The body. Over plain HTTP boto3 signs the body's digest.
refused("XAmzContentSHA256Mismatch", tampered(other_body).put_object, **target, Body=b"new")
refused("SignatureDoesNotMatch", tampered(other_checksum).put_object, **target, Body=b"new")
refused("BadDigest", s3.put_object, **target, Body=b"new", ChecksumCRC32="AAAAAA==")
refused("BadDigest", s3.put_object, **target, Body=b"new", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")
refused("InvalidDigest", s3.put_object, **target, Body=b"new", ContentMD5="AAAA")

# What is not there.
refused("NotImplemented", s3.put_object, **target, Body=b"new", ServerSideEncryption="aws:kms")
refused("NotImplemented", s3.put_object, **target, Body=b"new", Tagging="a=b")
refused("NotImplemented", s3.get_object, **target, VersionId="1")
refused("NotImplemented", s3.put_bucket_versioning, Bucket="safe", VersioningConfiguration={"Status": "Enabled"})
refused("AccessDenied", s3.put_object, **target, Body=b"new", ExpectedBucketOwner="111111111111")
refused("MetadataTooLarge", s3.put_object, **target, Body=b"new", Metadata={"a": "b" * 2048})
refused("NoSuchBucket", s3.put_object, Bucket="none", Key="key", Body=b"new")

assert s3.get_object(**target)["Body"].read() == b"old"
