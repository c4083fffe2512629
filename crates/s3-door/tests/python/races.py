"""Writers, uploaders and deleters of one bucket at once."""

import threading

from botocore.exceptions import ClientError
from support import client

EXPECTED = {"NoSuchBucket", "BucketNotEmpty", "NoSuchUpload", "OperationAborted", "NoSuchKey"}
failures = []


def tolerant(work):
    def run():
        s3 = client()
        for turn in range(12):
            try:
                work(s3, turn)
            except ClientError as error:
                if error.response["Error"]["Code"] not in EXPECTED:
                    failures.append(error.response)

    return run


def write(s3, turn):
    s3.put_object(Bucket="arena", Key=f"key-{turn % 3}", Body=b"content")


def remove(s3, turn):
    for number in range(3):
        s3.delete_object(Bucket="arena", Key=f"key-{number}")
    s3.delete_bucket(Bucket="arena")


def create(s3, turn):
    s3.create_bucket(Bucket="arena")


def upload(s3, turn):
    target = {"Bucket": "arena", "Key": "upload"}
    upload = s3.create_multipart_upload(**target)["UploadId"]
    s3.upload_part(**target, UploadId=upload, PartNumber=1, Body=b"part")


client().create_bucket(Bucket="arena")
threads = [threading.Thread(target=tolerant(work)) for work in (write, write, remove, create, upload, remove)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not failures, failures

s3 = client()
s3.create_bucket(Bucket="arena")
for item in s3.list_objects_v2(Bucket="arena").get("Contents", []):
    s3.delete_object(Bucket="arena", Key=item["Key"])
s3.delete_bucket(Bucket="arena")
