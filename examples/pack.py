"""Packs an agent's directory, with its dependencies, into the zip that `CreateAgentRuntime` takes.

    python examples/pack.py examples/hello hello.zip

Dependencies come from the directory's requirements.txt and are fetched for the sandbox's Python (3.11 on x86-64),
whatever Python runs this.
"""

import argparse
import compileall
import py_compile
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

SANDBOX_PYTHON = (3, 11)
# Newest first: some packages publish only for newer C libraries, and the sandbox's is new enough for all three.
PLATFORMS = ["manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"]
# The same date for every file, so that the same input gives the same zip.
DATE = (2020, 1, 1, 0, 0, 0)


def vendor(requirements, into):
    """Installs the requirements into a directory as the sandbox needs them."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    command += ["--target", str(into), "--requirement", str(requirements), "--only-binary=:all:"]
    command += ["--implementation", "cp", "--python-version", ".".join(map(str, SANDBOX_PYTHON))]
    for platform in PLATFORMS:
        command += ["--platform", platform]
    subprocess.run(command, check=True)


def precompile(tree):
    """Saves the sandbox the compilation at every boot; only the same Python can do it."""
    if sys.version_info[:2] == SANDBOX_PYTHON:
        unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
        compileall.compile_dir(tree, stripdir=str(tree), quiet=2, invalidation_mode=unchecked)


def files_below(directory, skipped=()):
    for path in sorted(directory.rglob("*")):
        if path.is_file() and not set(path.relative_to(directory).parts) & set(skipped):
            yield path


def add(archive, path, name):
    info = zipfile.ZipInfo(str(name), DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = (0o100755 if path.stat().st_mode & 0o111 else 0o100644) << 16
    archive.writestr(info, path.read_bytes())


def pack(agent, target, say=print):
    """Writes the zip; `say` is told about the progress."""
    agent, target = Path(agent), Path(target)
    with tempfile.TemporaryDirectory() as scratch, zipfile.ZipFile(target, "w") as archive:
        vendored = Path(scratch)
        requirements = agent / "requirements.txt"
        if requirements.exists():
            say(f"fetching what {requirements} names")
            vendor(requirements, vendored)
            precompile(vendored)
        own = list(files_below(agent, skipped=["__pycache__", ".venv"]))
        for path in own:
            add(archive, path, path.relative_to(agent))
        theirs = list(files_below(vendored))
        for number, path in enumerate(theirs, 1):
            add(archive, path, path.relative_to(vendored))
            if number % 1000 == 0:
                say(f"{number} of {len(theirs)} files packed")
    say(f"{target.name}: {len(own) + len(theirs)} files, {target.stat().st_size / 1e6:.1f} MB")
    return target


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Pack an agent's directory into a zip for CreateAgentRuntime.")
    parser.add_argument("agent", type=Path, help="the directory with the agent's code")
    parser.add_argument("zip", type=Path, help="the zip to write")
    arguments = parser.parse_args()
    pack(arguments.agent, arguments.zip)
