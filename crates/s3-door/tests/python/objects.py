"""Buckets and single objects."""

import datetime
import hashlib
import io
import urllib.error
import urllib.request

from support import ACCOUNT, client, refused

s3 = client()

# Buckets.
refused("404", s3.head_bucket, Bucket="first")
s3.create_bucket(Bucket="first")
s3.create_bucket(Bucket="first")
s3.create_bucket(Bucket="second")
assert s3.head_bucket(Bucket="first")["BucketRegion"] == "us-east-1"
assert s3.get_bucket_location(Bucket="first")["LocationConstraint"] is None
assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["first", "second"]
page = s3.list_buckets(MaxBuckets=1)
assert [bucket["Name"] for bucket in page["Buckets"]] == ["first"]
page = s3.list_buckets(MaxBuckets=1, ContinuationToken=page["ContinuationToken"])
assert [bucket["Name"] for bucket in page["Buckets"]] == ["second"]

# Put, head, get.
body = b"hello, object"
put = s3.put_object(
    Bucket="first",
    Key="dir/hello.txt",
    Body=body,
    ContentType="text/plain",
    ContentEncoding="identity",
    CacheControl="no-store",
    ContentDisposition="attachment",
    ContentLanguage="en",
    Expires=datetime.datetime(2030, 1, 2, tzinfo=datetime.timezone.utc),
    Metadata={"colour": "green", "shape": "round"},
    ExpectedBucketOwner=ACCOUNT,
)
etag = '"' + hashlib.md5(body).hexdigest() + '"'
assert put["ETag"] == etag
assert put["ChecksumCRC32"], "the checksum that boto3 sends by default is confirmed"
head = s3.head_object(Bucket="first", Key="dir/hello.txt", ChecksumMode="ENABLED")
assert (head["ContentLength"], head["ETag"]) == (len(body), etag)
assert (head["ContentType"], head["ContentEncoding"]) == ("text/plain", "identity")
assert (head["CacheControl"], head["ContentDisposition"]) == ("no-store", "attachment")
assert head["ContentLanguage"] == "en" and "2030" in str(head["Expires"])
assert head["Metadata"] == {"colour": "green", "shape": "round"}
assert head["ChecksumCRC32"] == put["ChecksumCRC32"]
got = s3.get_object(Bucket="first", Key="dir/hello.txt")
assert got["Body"].read() == body and got["Metadata"] == head["Metadata"]
assert got["ResponseMetadata"]["HTTPStatusCode"] == 200
plain = s3.get_object(Bucket="first", Key="dir/hello.txt", ResponseContentType="text/css")
assert plain["ContentType"] == "text/css"

# Ranges.
for header, expected, told in [
    ("bytes=0-4", b"hello", "bytes 0-4/13"),
    ("bytes=7-", b"object", "bytes 7-12/13"),
    ("bytes=-3", b"ect", "bytes 10-12/13"),
    ("bytes=11-99", b"ct", "bytes 11-12/13"),
]:
    part = s3.get_object(Bucket="first", Key="dir/hello.txt", Range=header)
    assert part["Body"].read() == expected, header
    assert part["ContentRange"] == told and part["ResponseMetadata"]["HTTPStatusCode"] == 206
refused("InvalidRange", s3.get_object, Bucket="first", Key="dir/hello.txt", Range="bytes=13-")

# Conditions.
key = {"Bucket": "first", "Key": "dir/hello.txt"}
s3.get_object(**key, IfMatch=etag)
refused("PreconditionFailed", s3.get_object, **key, IfMatch='"other"')
refused("304", s3.get_object, **key, IfNoneMatch=etag)
refused("304", s3.head_object, **key, IfModifiedSince=head["LastModified"])
refused("PreconditionFailed", s3.get_object, **key, IfUnmodifiedSince=datetime.datetime(2001, 1, 1))
refused("PreconditionFailed", s3.put_object, **key, Body=b"x", IfNoneMatch="*")
refused("PreconditionFailed", s3.put_object, **key, Body=b"x", IfMatch='"other"')
refused("NoSuchKey", s3.put_object, Bucket="first", Key="none", Body=b"x", IfMatch=etag)
assert s3.get_object(**key)["Body"].read() == body

# Other checksums, an empty body, a stream, a replaced object.
for algorithm in ["CRC32", "SHA1", "SHA256"]:
    told = s3.put_object(Bucket="first", Key="sum", Body=body, ChecksumAlgorithm=algorithm)
    assert told["Checksum" + algorithm]
    assert s3.get_object(Bucket="first", Key="sum", ChecksumMode="ENABLED")["Body"].read() == body
s3.put_object(Bucket="first", Key="empty", Body=b"")
assert s3.get_object(Bucket="first", Key="empty")["Body"].read() == b""
s3.put_object(Bucket="first", Key="stream", Body=io.BytesIO(body * 100_000))
assert s3.get_object(Bucket="first", Key="stream")["Body"].read() == body * 100_000
s3.put_object(Bucket="first", Key="stream", Body=b"new")
assert s3.get_object(Bucket="first", Key="stream")["Body"].read() == b"new"

# Copies.
s3.copy_object(Bucket="second", Key="copy", CopySource={"Bucket": "first", "Key": "dir/hello.txt"})
copied = s3.get_object(Bucket="second", Key="copy")
assert copied["Body"].read() == body and copied["Metadata"]["colour"] == "green"
s3.copy_object(
    Bucket="second", Key="copy", CopySource="second/copy", MetadataDirective="REPLACE", Metadata={"a": "b"}
)
assert s3.head_object(Bucket="second", Key="copy")["Metadata"] == {"a": "b"}
refused("InvalidRequest", s3.copy_object, Bucket="second", Key="copy", CopySource="second/copy")
refused("NoSuchKey", s3.copy_object, Bucket="second", Key="x", CopySource="first/none")

# Presigned, as boto3 does it by default and with SigV4.
for signer in [s3, client(signature_version="s3v4")]:
    url = signer.generate_presigned_url("get_object", Params=key)
    assert urllib.request.urlopen(url).read() == body
    for broken in [
        url.replace("hello.txt", "other.txt"),
        signer.generate_presigned_url("get_object", Params=key, ExpiresIn=-1),
    ]:
        try:
            urllib.request.urlopen(broken)
            raise AssertionError(f"{broken} was served")
        except urllib.error.HTTPError as error:
            assert error.code in (400, 403), error.read()
    put = {"Bucket": "first", "Key": "presigned", "ContentType": "text/plain"}
    url = signer.generate_presigned_url("put_object", Params=put)
    headers = {"Content-Type": "text/plain"}
    urllib.request.urlopen(urllib.request.Request(url, data=b"by link", headers=headers, method="PUT"))
    assert s3.get_object(Bucket="first", Key="presigned")["Body"].read() == b"by link"
    s3.delete_object(Bucket="first", Key="presigned")

# Deletion.
refused("BucketNotEmpty", s3.delete_bucket, Bucket="second")
s3.delete_object(Bucket="second", Key="copy")
s3.delete_object(Bucket="second", Key="copy")
refused("NoSuchKey", s3.get_object, Bucket="second", Key="copy")
assert s3.get_object(**key)["Body"].read() == body, "the original stays"
gone = s3.delete_objects(
    Bucket="first", Delete={"Objects": [{"Key": "dir/hello.txt"}, {"Key": "none"}, {"Key": "sum"}]}
)
assert {item["Key"] for item in gone["Deleted"]} == {"dir/hello.txt", "none", "sum"}
refused("404", s3.head_object, **key)
s3.delete_bucket(Bucket="second")
refused("NoSuchBucket", s3.list_objects_v2, Bucket="second")
