"""Builds dom0's disk image, Xen, the kernels and the initrds, from Debian's packages only.

Everything lands in one folder that is renamed into place when complete, so a half-built image is
never seen. Runs on the machine's own apt sources; installs nothing on the machine.
"""

import gzip
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import boot_files
from settings import BUILD, HERE, IMAGE_INPUTS, HvError, inputs_digest, newest_match, packages, say

DISK_MB = 2048
TOOLS = {
    "mmdebstrap": "mmdebstrap", "mke2fs": "e2fsprogs", "ssh-keygen": "openssh-client",
    "qemu-img": "qemu-utils", "qemu-system-x86_64": "qemu-system-x86", "apt-cache": "apt",
}
# Modules kept in dom0, by folder; the rest of Debian's kernel is hardware this machine has not.
MODULE_FOLDERS = (
    "arch", "block", "crypto", "lib", "mm", "net",
    "drivers/block", "drivers/char/hw_random", "drivers/md", "drivers/net/bonding", "drivers/net/tun.ko",
    "drivers/net/dummy.ko", "drivers/net/macvlan.ko", "drivers/net/veth.ko", "drivers/net/ifb.ko",
    "drivers/net/virtio_net.ko", "drivers/net/net_failover.ko", "drivers/net/xen-netback", "drivers/virtio",
    "drivers/net/xen-netfront.ko", "drivers/xen", "fs/ext4", "fs/jbd2", "fs/mbcache.ko", "fs/9p", "fs/fuse", "fs/overlayfs",
)


def folder():
    """Where the image of the present inputs lives; it exists once it is complete."""
    return BUILD / f"image-{image_key()}"


def image_key():
    return inputs_digest(IMAGE_INPUTS, packages("dom0"), debian_sources())


def os_release(field):
    text = Path("/etc/os-release").read_text()
    found = re.search(rf'^{field}="?([^"\n]*)', text, re.M)
    return found.group(1) if found else ""


def debian_sources():
    """The machine's apt sources that are Debian itself, in apt's two formats: (one-line, deb822).

    Other vendors' repositories in the same folder are left out: their suites have other names.
    """
    suite = os_release("VERSION_CODENAME")
    ours = re.compile(rf"{re.escape(suite)}(-updates|-security|/updates)?\Z")
    lines, stanzas = [], []
    for path in [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]:
        if path.suffix == ".list" and path.is_file():
            for line in path.read_text().splitlines():
                words = re.sub(r"\[[^]]*\]", "", line).split()
                if words[:1] == ["deb"] and len(words) > 3 and ours.match(words[2]) and "main" in words[3:]:
                    lines.append(line)
        elif path.suffix == ".sources":
            for stanza in re.split(r"\n\s*\n", path.read_text()):
                stanza = "\n".join(line for line in stanza.splitlines() if not line.startswith("#"))
                fields = dict(re.findall(r"^([\w-]+):[ \t]*(.*)$", stanza, re.M))
                suites = fields.get("Suites", "").split()
                if (suites and all(map(ours.match, suites)) and "deb" in fields.get("Types", "").split()
                        and "main" in fields.get("Components", "").split()
                        and fields.get("Enabled", "yes") != "no"):
                    stanzas.append(stanza.strip())
    if not lines and not stanzas:
        raise HvError(f"no Debian source for {suite or 'this release'} in /etc/apt: add one to /etc/apt/sources.list.d")
    return "\n".join(lines), "\n\n".join(stanzas)


def resolved_packages():
    """The dom0 group with every * replaced by the newest version that apt knows."""
    known = None
    names = []
    for name in packages("dom0"):
        if "*" in name:
            if known is None:
                asked = subprocess.run(["apt-cache", "pkgnames"], capture_output=True, text=True, check=True)
                known = asked.stdout.split()
            found = newest_match(name, known)
            if not found:
                raise HvError(f"apt knows no package {name}: run apt-get update, or correct the file packages")
            name = found
        names.append(name)
    return names


def check_tools():
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = sorted({package for tool, package in TOOLS.items() if not shutil.which(tool, path=path)})
    if missing:
        raise HvError(f"missing: {' '.join(missing)}. Install with tools/install-packages hypervisor")
    os.environ["PATH"] = path


def build():
    """Build what is missing and return the image's folder. The caller holds the build lock."""
    final = folder()
    if final.exists():
        return final
    check_tools()
    work = BUILD / "image.new"
    shutil.rmtree(work, ignore_errors=True)
    (work / "apt").mkdir(parents=True)
    names = resolved_packages()
    say(f"dom0 image: fetching and unpacking {len(names)} Debian packages and what they need")
    run_logged([sys.executable, __file__, work, *names])
    os.rename(work, final)
    for old in [*BUILD.glob("image-*"), *BUILD.glob("state-*")]:
        if old != final and old.is_dir():
            shutil.rmtree(old, ignore_errors=True)  # states read through to the image they were made on
    return final


def run_logged(command):
    """Run COMMAND as root or as good as, its output in a log, its own progress lines passed on."""
    if os.geteuid() != 0:
        command = ["fakechroot", "fakeroot", *command]
    log = BUILD / "image.log"
    with open(log, "wb") as out:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            for line in child.stdout:
                out.write(line)
                if line.startswith(b"hypervisor:"):
                    say(line.split(b" s  ", 1)[-1].decode().strip())
        finally:
            child.terminate()
            status = child.wait()
    if status:
        tail = log.read_text(errors="replace").strip().splitlines()[-4:]
        raise HvError(f"building the dom0 image failed, see {log}:\n  " + "\n  ".join(tail))


# From here on: in a child process, under fakeroot when the user is not root.

def unpack(work, names):
    """Debian's packages and all they depend on, unpacked into work/root; their install scripts do not run."""
    sources = []
    for name, text in zip(("hv.list", "hv.sources"), debian_sources()):
        if text:
            (work / "apt" / name).write_text(text + "\n")
            sources.append(work / "apt" / name)
    asked = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True)
    options = [line for line in asked.stdout.splitlines()
               if re.match(r'Acquire::([\w.-]+::)*(Proxy|Retries|Timeout|Verify-\w+|CaInfo)(::[\w.-]+)* ".+";', line)]
    (work / "apt" / "options.conf").write_text("\n".join(options) + "\n")
    mode = "fakechroot" if "FAKECHROOT" in os.environ else "root"
    subprocess.run(["mmdebstrap", "--quiet", "--variant=extract", "--format=directory", f"--mode={mode}",
                    f"--aptopt={work}/apt/options.conf", f"--include={','.join(names)}",
                    os_release("VERSION_CODENAME"), work / "root", *sources],
                   check=True, env={**os.environ, "TMPDIR": str(work)})


def finish(root, work):
    """Turn the unpacked ROOT into a disk image, with what boots it beside it in WORK."""
    release = next(path.name for path in (root / "lib/modules").iterdir())
    say("dom0 image: kernels and initrds")
    xen = max((root / "boot").glob("xen-*-amd64.gz"), key=lambda path: path.name)
    (work / "xen").write_bytes(gzip.decompress(xen.read_bytes()))
    (work / "vmlinux").write_bytes(boot_files.vmlinux_from((root / "boot" / f"vmlinuz-{release}").read_bytes()))
    prune(root, release)
    subprocess.run(["chroot", root, "/sbin/depmod", release], check=True)
    (work / "dom0.initrd").write_bytes(boot_files.initrd(
        root, release, HERE / "dom0/initrd-init", ("virtio_pci", "virtio_blk", "virtio_net", "ext4"), ("root",)))
    ours = root / "usr/local/lib/hv"
    ours.mkdir(parents=True)
    (ours / "guest.initrd").write_bytes(boot_files.initrd(
        root, release, HERE / "guest/init", ("xen-blkfront", "xen-netfront")))
    shutil.copy(work / "vmlinux", ours / "vmlinux")
    for path in (HERE / "dom0").iterdir():
        shutil.copy(path, ours / path.name)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "hypervisor", "-f", work / "key"], check=True)
    keys = root / "root/.ssh"
    keys.mkdir(mode=0o700)
    shutil.copy(work / "key.pub", keys / "authorized_keys")
    os.chmod(keys / "authorized_keys", 0o600)
    subprocess.run(["sh", "-eu", HERE / "dom0/configure", root], check=True)
    made = subprocess.run(["chroot", root, "dropbearkey", "-t", "ed25519", "-f", "/etc/dropbear/dropbear_ed25519_host_key"],
                          capture_output=True, text=True, check=True)
    public = next(line for line in made.stdout.splitlines() if line.startswith("ssh-ed25519"))
    (work / "known_hosts").write_text(f"dom0 {' '.join(public.split()[:2])}\n")
    say("dom0 image: writing the disk")
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-m", "0", "-E", "lazy_itable_init=1",
                    "-d", root, work / "dom0.img", f"{DISK_MB}M"], check=True)
    for name in ("root", "apt"):
        shutil.rmtree(work / name)


def prune(root, release):
    """Drop what a dom0 without a screen, sound or documentation readers never opens."""
    # Of the device model (qdisk disks of PV guests) what it opens at start is kept.
    for path in (root / "usr/share/qemu").glob("*"):
        if path.name != "keymaps":
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    for name in ("boot", "usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale", "usr/share/lintian",
                 "usr/share/perl", "usr/lib/x86_64-linux-gnu/perl-base", "usr/share/bash-completion", "usr/share/iso-codes",
                 "usr/share/xml", "usr/share/seabios", "usr/lib/ipxe", "usr/lib/x86_64-linux-gnu/gstreamer1.0", "var/cache/apt",
                 "var/lib/apt/lists"):
        shutil.rmtree(root / name, ignore_errors=True)
    modules = root / "lib/modules" / release / "kernel"
    kept = modules.with_name("kept")
    for name in MODULE_FOLDERS:
        if (modules / name).exists():
            (kept / name).parent.mkdir(parents=True, exist_ok=True)
            (modules / name).rename(kept / name)
    shutil.rmtree(modules)
    kept.rename(modules)


if __name__ == "__main__":
    folder_, names_ = Path(sys.argv[1]), sys.argv[2:]
    unpack(folder_, names_)
    finish(folder_ / "root", folder_)
