"""Uploads in parts."""

import hashlib
import io

from boto3.s3.transfer import TransferConfig
from support import client, refused

MIB = 1 << 20
s3 = client()
s3.create_bucket(Bucket="parts")

# As the transfer manager does it.
content = bytes(range(256)) * (4 * 1024 * 18)
config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=4)
s3.upload_fileobj(io.BytesIO(content), "parts", "large", Config=config, ExtraArgs={"Metadata": {"a": "b"}})
back = io.BytesIO()
s3.download_fileobj("parts", "large", back, Config=config)
assert back.getvalue() == content
head = s3.head_object(Bucket="parts", Key="large")
parts = [content[at : at + 5 * MIB] for at in range(0, len(content), 5 * MIB)]
digests = b"".join(hashlib.md5(part).digest() for part in parts)
assert head["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-{len(parts)}"'
assert head["Metadata"] == {"a": "b"}
s3.copy(Bucket="parts", Key="copy", CopySource={"Bucket": "parts", "Key": "large"}, Config=config)
assert s3.get_object(Bucket="parts", Key="copy")["Body"].read() == content

# By hand.
target = {"Bucket": "parts", "Key": "by/hand"}
upload = s3.create_multipart_upload(**target, ContentType="text/plain")["UploadId"]
other = s3.create_multipart_upload(**target)["UploadId"]
assert {item["UploadId"] for item in s3.list_multipart_uploads(Bucket="parts")["Uploads"]} == {upload, other}
page = s3.list_multipart_uploads(Bucket="parts", MaxUploads=1)
assert page["IsTruncated"]
page = s3.list_multipart_uploads(
    Bucket="parts", KeyMarker=page["NextKeyMarker"], UploadIdMarker=page["NextUploadIdMarker"]
)
assert len(page["Uploads"]) == 1 and not page["IsTruncated"]

first = s3.upload_part(**target, UploadId=upload, PartNumber=2, Body=b"a" * 5 * MIB)["ETag"]
s3.upload_part(**target, UploadId=upload, PartNumber=7, Body=b"wrong")
last = s3.upload_part(**target, UploadId=upload, PartNumber=7, Body=b"end")["ETag"]
small = s3.upload_part(**target, UploadId=upload, PartNumber=1, Body=b"small")["ETag"]
listed = s3.list_parts(**target, UploadId=upload)["Parts"]
assert [(part["PartNumber"], part["Size"]) for part in listed] == [(1, 5), (2, 5 * MIB), (7, 3)]
page = s3.list_parts(**target, UploadId=upload, PartNumberMarker=1, MaxParts=1)
assert [part["PartNumber"] for part in page["Parts"]] == [2] and page["IsTruncated"]


def complete(*parts, upload=upload):
    parts = [{"PartNumber": number, "ETag": etag} for number, etag in parts]
    return s3.complete_multipart_upload(**target, UploadId=upload, MultipartUpload={"Parts": parts})


refused("InvalidPartOrder", complete, (7, last), (2, first))
refused("InvalidPart", complete, (2, first), (3, last))
refused("InvalidPart", complete, (2, last))
refused("EntityTooSmall", complete, (1, small), (2, first))
refused("NoSuchKey", s3.get_object, **target)
complete((2, first), (7, last))
done = s3.get_object(**target)
assert done["Body"].read() == b"a" * 5 * MIB + b"end" and done["ContentType"] == "text/plain"
refused("NoSuchUpload", complete, (2, first))
refused("NoSuchUpload", s3.upload_part, **target, UploadId=upload, PartNumber=1, Body=b"")
refused("InvalidArgument", s3.upload_part, **target, UploadId=other, PartNumber=10_001, Body=b"")
s3.upload_part(**target, UploadId=other, PartNumber=1, Body=b"part")
s3.abort_multipart_upload(**target, UploadId=other)
refused("NoSuchUpload", s3.list_parts, **target, UploadId=other)
assert s3.get_object(**target)["ContentLength"] == 5 * MIB + 3
