"""Keys that look like paths are names like any other."""

from support import client, refused

s3 = client()
s3.create_bucket(Bucket="one")
s3.create_bucket(Bucket="two")
KEYS = [
    "../two/stolen",
    "..",
    ".",
    "../../../../etc/passwd",
    "/etc/passwd",
    "//two/x",
    "a/../../two/x",
    "a\\..\\b",
    "%2e%2e%2ftwo",
    "two\x01x",
    "\u202e\u00e9\U0001f600",
    "\U0010ffff",
    "trailing/",
    "sp ace+plus?question#hash&amp;",
    "k" * 1024,
]
for key in KEYS:
    s3.put_object(Bucket="one", Key=key, Body=key.encode())
for key in KEYS:
    assert s3.get_object(Bucket="one", Key=key)["Body"].read() == key.encode(), key
    refused("404", s3.head_object, Bucket="two", Key=key.lstrip("./") or "x")
    refused("NoSuchKey", s3.get_object, Bucket="two", Key=key)
assert "Contents" not in s3.list_objects_v2(Bucket="two")
listed = [item["Key"] for item in s3.list_objects_v2(Bucket="one")["Contents"]]
assert listed == sorted(KEYS, key=lambda key: key.encode()), listed
refused("InvalidArgument", s3.put_object, Bucket="one", Key="a\0b", Body=b"")
refused("InvalidArgument", s3.get_object, Bucket="one", Key="a\0b")
refused("KeyTooLongError", s3.put_object, Bucket="one", Key="k" * 1025, Body=b"")
for key in KEYS:
    s3.delete_object(Bucket="one", Key=key)
s3.delete_bucket(Bucket="one")
