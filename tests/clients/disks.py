"""Disks of one's own, which can be filled.

Not ones in memory: there a machine takes room by reading what was never written of its memory file, and is killed when
there is none.
"""

import os
import subprocess
from contextlib import contextmanager

import pytest


@contextmanager
def small_disk(data, megabytes):
    """Mounts a new disk of so many megabytes at this directory for a while."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    data.mkdir(parents=True)
    image = data.with_name(data.name + ".disk")
    with open(image, "wb") as disk:
        disk.truncate(megabytes << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", str(image)], check=True)
    mounted = subprocess.run(["mount", "-o", "loop", str(image), str(data)], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield data
    finally:
        subprocess.run(["umount", "--lazy", str(data)], check=True)


def fill(path, leave):
    """Takes all the room there is but so many bytes."""
    with open(path, "wb", buffering=0) as filler:
        for size in (1 << 20, 4 << 10):
            try:
                while True:
                    filler.write(b"x" * size)
            except OSError:
                pass
        filler.truncate(filler.tell() - leave)
