"""Deletes an object: bucket, key."""

import sys

from support import client

bucket, key = sys.argv[1:]
client().delete_object(Bucket=bucket, Key=key)
