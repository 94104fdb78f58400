"""What every part of hv shares: paths, sizes, progress and error words, locks and keys.

Refuses anything that starts a program; a value that describes the machine is declared here once.
"""

import fcntl
import fnmatch
import hashlib
import os
import re
import sys
import time
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
HERE = REPO / "hypervisor"
BUILD = Path(os.environ.get("HV_BUILD") or REPO / "build" / "hypervisor").absolute()

MEMORY_MB = 3072  # the whole machine, Xen and all guests
DOM0_MEMORY_MB = 1024
CPUS = 2
NETS = ("bridge", "nat", "routed", "openvswitch")

# What the disk image, the kernels and the guests' initrd are made of.
IMAGE_INPUTS = ("dom0", "guest", "lib/image.py", "lib/boot_files.py", "lib/settings.py")
# What a saved machine state further depends on.
STATE_INPUTS = ("lib/machine.py", "lib/states.py", "empty-domains.c")


class HvError(Exception):
    """Something failed; the text names what, on what, and what to do next."""


_started = time.monotonic()


def say(text):
    """One line of progress, on stderr, with the seconds since hv started."""
    print(f"hypervisor: {time.monotonic() - _started:5.1f} s  {text}", file=sys.stderr, flush=True)


def packages(group):
    """Names in the repository's `packages` file that carry GROUP, as written there."""
    names = []
    for line in (REPO / "packages").read_text().splitlines():
        fields = line.split("#")[0].split()
        if group in fields[1:]:
            names.append(fields[0])
    return sorted(names)


def version_key(name):
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def newest_match(pattern, names):
    """The newest of NAMES that PATTERN means; its * stands for a version: digits and dots."""
    shape = re.compile("[0-9.]+".join(re.escape(part) for part in pattern.split("*")) + r"\Z")
    found = sorted(filter(shape.match, names), key=version_key)
    return found[-1] if found else None


def inputs_digest(names, *more):
    """A short digest of the files (or folders) NAMES under hypervisor/ and of the values MORE."""
    digest = hashlib.sha256()
    for name in names:
        top = HERE / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and not fnmatch.fnmatch(path.name, "*.pyc"):
                digest.update(f"{path.relative_to(HERE)}\0".encode())
                digest.update(path.read_bytes())
    for value in more:
        digest.update(f"\0{value}".encode())
    return digest.hexdigest()[:16]


class locked:
    """Hold PATH exclusively. The kernel drops the lock with the process, however it ends."""

    def __init__(self, path, what):
        self.path, self.what = Path(path), what

    def __enter__(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.file = open(self.path, "w", encoding="ascii")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting: another process {self.what}")
            fcntl.flock(self.file, fcntl.LOCK_EX)
        return self

    def __exit__(self, *exc):
        self.file.close()
