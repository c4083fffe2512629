"""Creates a bucket and an object in it: bucket, key, content."""

import sys

from support import client

bucket, key, content = sys.argv[1:]
s3 = client()
s3.create_bucket(Bucket=bucket)
s3.put_object(Bucket=bucket, Key=key, Body=content.encode())
