"""Files that boot a Linux: initrd archives and the kernel taken out of its compressed shell.

Pure: bytes in, bytes out, apart from reading the files that go into an archive.
"""

import gzip
import lzma
import stat
import struct
import subprocess
from pathlib import Path

from settings import HvError


def vmlinux_from(bzimage):
    """The ELF kernel inside a bzImage (Documentation/x86/boot.rst: payload_offset, payload_length).

    Loading it uncompressed spares an emulated CPU most of the time it takes to create a domain.
    """
    setup_sectors = bzimage[0x1F1] or 4
    offset, length = struct.unpack_from("<II", bzimage, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    payload = bzimage[start : start + length]
    for magic, decompress in (
        (b"\xfd7zXZ\0", lambda data: lzma.LZMADecompressor().decompress(data)),
        (b"\x1f\x8b", lambda data: gzip.zlib.decompressobj(31).decompress(data)),
    ):
        if payload.startswith(magic):
            kernel = decompress(payload)
            break
    else:
        raise HvError(f"the kernel's payload starts with {payload[:6]!r}: neither xz nor gzip")
    if not kernel.startswith(b"\x7fELF"):
        raise HvError("the kernel's payload is no ELF image")
    return kernel


def cpio(entries):
    """A newc archive of ENTRIES: (name, mode, bytes)."""
    out = bytearray()
    for inode, (name, mode, data) in enumerate([*entries, ("TRAILER!!!", 0, b"")], 1):
        fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        out += b"070701" + "".join(f"{field:08X}" for field in fields).encode()
        out += name.encode() + b"\0"
        out += b"\0" * (-len(out) % 4)
        out += data
        out += b"\0" * (-len(out) % 4)
    return bytes(out)


def module_files(root, release, modules):
    """The files to insmod, in order, for MODULES of kernel RELEASE installed beneath ROOT."""
    files = []
    for module in modules:
        shown = subprocess.run(
            ["chroot", root, "/sbin/modprobe", "--set-version", release, "--show-depends", module],
            capture_output=True, text=True, check=False,
        )
        if shown.returncode:
            raise HvError(f"modprobe finds no {module} for {release}: {shown.stderr.strip()}")
        for line in shown.stdout.splitlines():
            if line.startswith("insmod "):
                path = root / line.split()[1].lstrip("/")
                if path not in files:
                    files.append(path)
    return files


def initrd(root, release, init, modules, extra_dirs=()):
    """An initrd: busybox from ROOT, INIT (a path) as /init, MODULES and their order in /modules."""
    folder, plain, program = stat.S_IFDIR | 0o755, stat.S_IFREG | 0o644, stat.S_IFREG | 0o755
    busybox = next(p for p in (root / "bin/busybox", root / "usr/bin/busybox") if p.exists())
    entries = [(name, folder, b"") for name in ("bin", "dev", "proc", "sys", "modules", *extra_dirs)]
    entries.append(("bin/busybox", program, busybox.read_bytes()))
    entries.append(("init", program, init.read_bytes()))
    files = module_files(root, release, modules)
    for path in files:
        entries.append((f"modules/{path.name}", plain, path.read_bytes()))
    order = "".join(f"{path.name}\n" for path in files)
    entries.append(("modules/order", plain, order.encode()))
    return cpio(entries)
