"""Listings, both versions."""

from support import client, refused

s3 = client()
s3.create_bucket(Bucket="list")
KEYS = ["a", "a b+c", "dir/1", "dir/2", "dir/sub/3", "dir0", "\u00e9", "z/"]
for key in KEYS:
    s3.put_object(Bucket="list", Key=key, Body=key.encode())
ordered = sorted(KEYS, key=lambda key: key.encode())

for operation in ["list_objects_v2", "list_objects"]:
    for size in [1, 2, 3, 1000]:
        pages = s3.get_paginator(operation).paginate(Bucket="list", PaginationConfig={"PageSize": size})
        pages = list(pages)
        assert all(len(page.get("Contents", [])) <= size for page in pages)
        assert [item["Key"] for page in pages for item in page.get("Contents", [])] == ordered, operation
        folded = s3.get_paginator(operation).paginate(
            Bucket="list", Delimiter="/", PaginationConfig={"PageSize": size}
        )
        names = []
        for page in folded:
            names += [item["Key"] for item in page.get("Contents", [])]
            names += [item["Prefix"] for item in page.get("CommonPrefixes", [])]
        assert sorted(names) == sorted(["a", "a b+c", "dir/", "dir0", "\u00e9", "z/"]), names

page = s3.list_objects_v2(Bucket="list", Prefix="dir/", Delimiter="/")
assert [item["Key"] for item in page["Contents"]] == ["dir/1", "dir/2"]
assert [item["Prefix"] for item in page["CommonPrefixes"]] == ["dir/sub/"]
assert (page["KeyCount"], page["IsTruncated"], page["Prefix"]) == (3, False, "dir/")
assert page["Contents"][0]["Size"] == 5 and page["Contents"][0]["ETag"].startswith('"')
after = s3.list_objects_v2(Bucket="list", StartAfter="dir/2", MaxKeys=1, FetchOwner=True)
assert after["Contents"][0]["Key"] == "dir/sub/3" and after["Contents"][0]["Owner"]["ID"]
assert "Contents" not in s3.list_objects_v2(Bucket="list", Prefix="none")
assert "Contents" not in s3.list_objects_v2(Bucket="list", MaxKeys=0)
refused("InvalidArgument", s3.list_objects_v2, Bucket="list", ContinuationToken="?")
refused("NoSuchBucket", s3.list_objects_v2, Bucket="none")
