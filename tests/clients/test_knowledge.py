"""Documents that a memory knows."""

import json
import zlib

import pytest

from ours import Refused, call, send
from remembering import Memory, wait_for
from servers import Server

GUIDE = """# Shop guide
## Refunds
A refund takes **thirty days**. Bring the receipt.

## Shipping
Shipping is free above ten crowns.
"""
PAGE = """<!doctype html><html><head><title>Opening hours</title><script>var thirty = "days";</script></head>
<body><h2>Weekdays</h2><p>We open at <b>seven</b> &amp; close at nine.</p>
<table><tr><th>Day</th><th>Cake</th></tr><tr><td>Monday</td><td>Plum</td></tr></table></body></html>
"""
TEXT = "The heron stands in the pond.\n\nThe owl sleeps in the barn.\n"


def pdf(*objects, trailer=""):
    """A PDF of these objects, of which the first is the catalogue; bytes as they are."""
    file, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body if isinstance(body, bytes) else body.encode())
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return file + f"trailer\n<</Size {len(objects) + 1}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n".encode()


def stream(content, more=""):
    packed = zlib.compress(content) if isinstance(content, bytes) else b"".join(content)
    return f"<</Filter/FlateDecode/Length {len(packed)}{more}>>stream\n".encode() + packed + b"\nendstream"


def pages(*texts):
    """A PDF with a page for each of these lists of lines."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(texts)))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(texts)}>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for number, lines in enumerate(texts):
        shown = "".join(f"({line}) Tj 0 -14 Td " for line in lines)
        objects.append(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>"
            f"/Contents {5 + 2 * number} 0 R>>"
        )
        objects.append(stream(f"BT /F1 12 Tf 72 700 Td {shown}ET".encode()))
    return pdf(*objects)


def drawn(content, resources=""):
    """A PDF whose one page draws this."""
    return pdf(
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<<{resources}>>/Contents 4 0 R>>",
        content,
        stream(b"/Self Do", "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</Self 5 0 R>>>>"),
    )


@pytest.fixture
def memory(server):
    made = Memory.create()
    yield made
    made.delete()


def put(server, memory, name, content, content_type=None, query=""):
    content = content.encode() if isinstance(content, str) else content
    return send(server, "PUT", f"memories/{memory.id}/documents/{name}{query}", content, content_type)


def best(memory, question, **place):
    place = place or {"namespacePath": "/"}
    return wait_for(question, lambda: memory.find(question, **place))[0]


def source(record):
    told = {key: value for key, value in record["metadata"].items() if key.startswith("x-freehold-")}
    return (
        told["x-freehold-document"]["stringValue"],
        told.get("x-freehold-trail", {}).get("stringListValue", []),
    )


def test_documents_of_every_kind_are_found_with_their_source(server, memory):
    put(server, memory, "guide.md", GUIDE, query="?namespace=/shop&metadata=topic%3Dhelp")
    put(server, memory, "hours", PAGE, "text/html; charset=utf-8")
    put(server, memory, "birds.txt", TEXT)
    put(server, memory, "handbook.pdf", pages(["Bicycles are kept", "behind the house."], ["The key is under the mat."]))
    found = best(memory, "how long does a refund take", namespace="/shop")
    assert found["content"]["text"] == "Shop guide > Refunds\n\nA refund takes thirty days. Bring the receipt."
    assert source(found) == ("guide.md", ["Shop guide", "Refunds"])
    assert found["metadata"]["topic"] == {"stringValue": "help"}
    hours = best(memory, "when does it open on weekdays, at seven")
    assert source(hours) == ("hours", ["Opening hours", "Weekdays"])
    assert "Monday | Plum" in hours["content"]["text"] and "var" not in hours["content"]["text"]
    assert source(best(memory, "heron in the pond")) == ("birds.txt", [])
    assert source(best(memory, "where are bicycles kept")) == ("handbook.pdf", ["Page 1"])
    key = best(memory, "where is the key under the mat")
    assert source(key) == ("handbook.pdf", ["Page 2"])
    only = {
        "left": {"metadataKey": "x-freehold-document"},
        "operator": "EQUALS_TO",
        "right": {"metadataValue": {"stringValue": "handbook.pdf"}},
    }
    within = memory.find("heron key refund bicycles", filters=[only], namespacePath="/")
    assert {source(record)[0] for record in within} == {"handbook.pdf"}
    listed = call(server, "GET", f"memories/{memory.id}/documents")["documents"]
    assert [row["name"] for row in listed] == ["birds.txt", "guide.md", "handbook.pdf", "hours"]
    shown = call(server, "GET", f"memories/{memory.id}/documents/handbook.pdf")
    assert [piece["trail"] for piece in shown["pieces"]] == [["Page 1"], ["Page 2"]]


def test_another_version_takes_the_place_of_a_document(server, memory):
    put(server, memory, "birds.txt", TEXT)
    best(memory, "heron in the pond")
    again = put(server, memory, "birds.txt", "The swan swims on the lake.")
    assert again["pieces"] == 1
    best(memory, "swan on the lake")
    assert [record["content"]["text"] for record in memory.records(namespacePath="/")] == [
        "The swan swims on the lake."
    ]
    assert not memory.find("heron", namespacePath="/") or "heron" not in str(memory.find("heron", namespacePath="/"))
    call(server, "DELETE", f"memories/{memory.id}/documents/birds.txt")
    assert memory.records(namespacePath="/") == []
    with pytest.raises(Refused) as gone:
        call(server, "GET", f"memories/{memory.id}/documents/birds.txt")
    assert gone.value.status == 404


@pytest.fixture
def own(tmp_path):
    """A server that may be killed: the shared one's clients would not find it again."""
    with Server(tmp_path).running() as server:
        yield server


def test_documents_survive_a_kill(own):
    memory = Memory.create()
    put(own, memory, "guide.md", GUIDE)
    before = {record["memoryRecordId"] for record in memory.records(namespacePath="/")}
    own.kill()
    own.start()
    own.enter_environment()
    memory.reconnect()
    assert {record["memoryRecordId"] for record in memory.records(namespacePath="/")} == before
    assert source(best(memory, "refund thirty days"))[0] == "guide.md"


def zeros(megabytes):
    """So many megabytes of zeros, compressed: one of them, over and over."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    one = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    adler = (megabytes << 20) % 65521 << 16 | 1
    return [b"\x78\x9c", *[one] * megabytes, packer.flush(), adler.to_bytes(4, "big")]


HOSTILE = {
    "no UTF-8": ("text/plain", b"abc\xff", "not UTF-8: byte 3"),
    "nothing in it": ("text/markdown", b"\n  \n", "no text"),
    "no PDF": ("application/pdf", b"<html></html>", "no valid pdf"),
    "cut off": ("application/pdf", pages(["Some text."])[:-120], "no valid pdf"),
    "a form that draws itself": (
        "application/pdf",
        drawn(stream(b"/Self Do"), "/XObject<</Self 5 0 R>>"),
        "too much time or memory",
    ),
    "locked": (
        "application/pdf",
        pdf(
            "<</Type/Catalog/Pages 2 0 R>>",
            "<</Type/Pages/Kids[]/Count 0>>",
            f"<</Filter/Standard/V 1/R 2/O<{'00' * 32}>/U<{'00' * 32}>/P -4>>",
            trailer="/Encrypt 3 0 R/ID[<00><00>]",
        ),
        "encrypted",
    ),
    "too long": ("text/plain", b"word " * (1 << 20), "bytes of text"),
    "too large": ("text/plain", b"word " * (7 << 20), "has more than 33554432 bytes"),
    "of another kind": ("image/png", b"\x89PNG", "must be one of text/plain"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_cannot_be_read_is_refused_with_a_reason(server, memory, kind):
    content_type, content, reason = HOSTILE[kind]
    with pytest.raises(Refused) as refused:
        put(server, memory, "document", content, content_type)
    assert refused.value.status in (400, 413), refused.value
    assert reason in refused.value.answer
    assert memory.records(namespacePath="/") == []
    put(server, memory, "birds.txt", TEXT)


def test_a_bomb_harms_nobody(server, memory):
    with pytest.raises(Refused) as refused:
        put(server, memory, "bomb.pdf", drawn(stream(zeros(2300))))
    assert refused.value.status == 400
    assert "too much time or memory" in refused.value.answer
    put(server, memory, "birds.txt", TEXT)


def test_the_command_line_adds_lists_shows_and_removes(server, memory, tmp_path):
    (tmp_path / "guide.md").write_text(GUIDE)
    (tmp_path / "hours.html").write_text(PAGE)
    files = [str(tmp_path / name) for name in ("guide.md", "hours.html")]
    added = server.freehold("memory", "documents", "add", memory.id, *files, "--namespace", "/shop")
    assert added.splitlines() == ["guide.md: 2 pieces", "hours.html: 1 pieces"]
    lines = server.freehold("memory", "documents", "list", memory.id).splitlines()
    assert lines[0].split() == ["DOCUMENT", "TYPE", "BYTES", "PIECES", "NAMESPACE", "UPDATED"]
    assert [line.split()[0] for line in lines[1:]] == ["guide.md", "hours.html"]
    shown = server.freehold("memory", "documents", "show", memory.id, "guide.md")
    assert "A refund takes thirty days." in shown
    whole = json.loads(server.freehold("memory", "documents", "show", memory.id, "guide.md", "--json"))
    assert whole["document"]["namespace"] == "/shop"
    server.freehold("memory", "documents", "remove", memory.id, "guide.md", "hours.html")
    assert memory.records(namespacePath="/") == []
    assert "no document" in server.freehold("memory", "documents", "show", memory.id, "guide.md", ok=False)
