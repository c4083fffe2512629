"""What one engine's machine takes without a server above it, and what its processes take of the host."""

import json
import os
import re
import subprocess
from pathlib import Path

RUNS = 20


def restore_timings(root, code):
    """The engine's own measurement: what it prints, and its medians by name."""
    arguments = [str(code), str(RUNS), "python3", "/var/task/main.py"]
    printed = example(root, "sandbox-qemu", "restore_timings", *arguments)
    rows = re.findall(r"^(.+?)\s{2,}([\d.]+)\s+[\d.]+\s+[\d.]+$", printed, re.MULTILINE)
    return printed, {name.strip(): float(median) for name, median in rows}


def warm_invoke(root, code):
    """Median seconds of a warm invocation straight on the machine's stream."""
    return json.loads(example(root, "bench-load", "direct", str(code)))["p50_ms"] / 1e3


def metering_cost(root):
    """What it is, what was hoped for, and whether it is met; of metering a hundred sandboxes."""
    printed = example(root, "metering", "sampler_cost")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in printed.splitlines() if line.startswith("|")]
    share = dict(zip(rows[0], next(row for row in rows if row[0] == "statm")))["share of one core"]
    return share, "≤ 1 %", float(share.removesuffix(" %")) <= 1


def example(root, package, name, *arguments):
    """What an example program prints."""
    command = ["cargo", "run", "--quiet", "--release", "--locked", "--package", package, "--example", name]
    beside = Path(os.environ.get("FREEHOLD_BIN", root / "target/release/freehold")).with_name("freehold-guest")
    environment = {"FREEHOLD_GUEST_AGENT": str(beside)} | os.environ
    done = subprocess.run(
        [*command, "--", *arguments], cwd=root, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def private_memory(data):
    """Bytes that the machines of this data directory have to themselves, one number each."""
    sizes = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            command = (directory / "cmdline").read_bytes()
            if b"qemu-system" in command.split(b"\0")[0] and os.fsencode(data) in command:
                rollup = (directory / "smaps_rollup").read_text()
                sizes.append(sum(int(size) for size in re.findall(r"^Private_\w+:\s+(\d+) kB", rollup, re.M)) * 1024)
        except OSError:
            continue
    return sizes
