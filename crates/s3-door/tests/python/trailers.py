"""Bodies in aws-chunked framing with the checksum in a trailer: what boto3 sends over TLS."""

import io

import botocore.httpchecksum as httpchecksum
from support import client, refused

resolve = httpchecksum.resolve_request_checksum_algorithm
sent = []


def as_over_tls(request, *arguments, **named):
    """boto3 puts the checksum into a trailer when the URL is https."""
    disguised = dict(request, url=request["url"].replace("http:", "https:"))
    resolve(disguised, *arguments, **named)


httpchecksum.resolve_request_checksum_algorithm = as_over_tls

s3 = client()
s3.meta.events.register("before-send.s3", lambda request, **_: sent.append(request.headers))
s3.create_bucket(Bucket="trailers")
target = {"Bucket": "trailers", "Key": "key"}
large = bytes(range(256)) * 12_000

for body in [b"short", large, b"", io.BytesIO(large)]:
    for algorithm in ["CRC32", "SHA256"]:
        sent.clear()
        told = s3.put_object(**target, Body=body, ChecksumAlgorithm=algorithm, ContentEncoding="gzip")
        content = body if isinstance(body, bytes) else large
        headers = {name.lower(): str(value) for name, value in sent[0].items()}
        assert "STREAMING-UNSIGNED-PAYLOAD-TRAILER" in headers["x-amz-content-sha256"], headers
        assert told["Checksum" + algorithm]
        got = s3.get_object(**target, ChecksumMode="ENABLED")
        assert got["Body"].read() == content
        assert got["ContentEncoding"] == "gzip", "the framing is not part of the object"
        if not isinstance(body, bytes):
            body.seek(0)

upload = s3.create_multipart_upload(**target, ChecksumAlgorithm="CRC32")["UploadId"]
part = s3.upload_part(**target, UploadId=upload, PartNumber=1, Body=large, ChecksumAlgorithm="CRC32")
parts = [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]}]
wrong = [dict(parts[0], ChecksumCRC32="AAAAAA==")]
refused("InvalidPart", s3.complete_multipart_upload, **target, UploadId=upload, MultipartUpload={"Parts": wrong})
s3.complete_multipart_upload(**target, UploadId=upload, MultipartUpload={"Parts": parts})
assert s3.get_object(**target)["Body"].read() == large


class Wrong(httpchecksum.Crc32Checksum):
    def digest(self):
        return b"\0\0\0\0"


httpchecksum._CHECKSUM_CLS["crc32"] = Wrong
refused("BadDigest", s3.put_object, **target, Body=b"new", ChecksumAlgorithm="CRC32")
assert s3.get_object(**target)["Body"].read() == large
