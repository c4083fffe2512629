"""One large object up and down, in a stream each way: megabytes."""

import hashlib
import io
import sys

from support import client

MIB = 1 << 20
size = int(sys.argv[1]) * MIB
piece = bytes(range(256)) * 4096


class Source(io.RawIOBase):
    """So many bytes that are nowhere in memory."""

    at = 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def tell(self):
        return self.at

    def seek(self, offset, whence=0):
        self.at = offset + (0, self.at, size)[whence]
        return self.at

    def read(self, count=-1):
        left = size - self.at
        count = min(left if count is None or count < 0 else count, MIB, left)
        start = self.at % len(piece)
        chunk = (piece + piece)[start : start + count]
        self.at += len(chunk)
        return chunk


def digest(stream):
    sha256 = hashlib.sha256()
    while chunk := stream.read(MIB):
        sha256.update(chunk)
    return sha256.hexdigest()


s3 = client()
s3.create_bucket(Bucket="large")
s3.put_object(Bucket="large", Key="object", Body=Source(), ContentLength=size)
got = s3.get_object(Bucket="large", Key="object")
assert got["ContentLength"] == size
assert digest(got["Body"]) == digest(Source())
