"""One virtual machine: its QEMU command line, the keeper process that owns QEMU, its control socket.

An instance is a folder: overlays over the read-only disks, sockets, logs, a lock held by the keeper
for as long as QEMU lives. Refuses to know what runs inside.
"""

import fcntl
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from settings import CPUS, DOM0_MEMORY_MB, MEMORY_MB, HvError, say

LOGS = ("boot.log", "qemu.log")
# One thread for all emulated CPUs: with one each, Xen hangs in some boots.
CPU_OPTIONS = {"kvm": ("kvm", "host"), "tcg": ("tcg,thread=single", "qemu64,+svm,+npt")}
XEN_ARGS = (f"console=com1 com1=115200,8n1 dom0_mem={DOM0_MEMORY_MB}M,max:{DOM0_MEMORY_MB}M dom0_max_vcpus={CPUS} "
            "dom0=pv loglvl=warning guest_loglvl=warning bootscrub=0 spec-ctrl=no noreboot")
DOM0_ARGS = "console=hvc0 quiet net.ifnames=0 mitigations=off cryptomgr.notests audit=0 apparmor=0 rcupdate.rcu_expedited=1"


def qemu_command(image, accel, net, incoming=None):
    accelerator, cpu = CPU_OPTIONS[accel]
    command = [
        "qemu-system-x86_64", "-name", "domtop-hypervisor", "-accel", accelerator, "-cpu", cpu,
        "-smp", str(CPUS), "-m", str(MEMORY_MB), "-nodefaults", "-display", "none", "-no-reboot",
        "-serial", "file:boot.log", "-qmp", "unix:qmp.sock,server=on,wait=off",
        "-kernel", f"{image}/xen", "-append", XEN_ARGS,
        "-initrd", f"{image}/vmlinux {DOM0_ARGS} hv.net={net},{image}/dom0.initrd",
        "-drive", "file=disk.qcow2,if=virtio,format=qcow2,cache=unsafe,discard=unmap",
        "-drive", "file=data.qcow2,if=virtio,format=qcow2,cache=unsafe,discard=unmap",
        "-netdev", "user,id=net0,hostfwd=tcp:127.0.0.1:0-:22", "-device", "virtio-net-pci,netdev=net0,romfile=",
    ]
    if incoming:
        command += ["-incoming", f"exec:cat '{incoming}'"]
    return command


def overlay(path, backing=None, size=None):
    """Create a qcow2 at PATH that reads through to BACKING and keeps what is written to itself."""
    command = ["qemu-img", "create", "-q", "-f", "qcow2"]
    if backing:
        kind = "raw" if backing.suffix == ".img" else "qcow2"
        if backing.parent.parent == path.parent.parent:  # beside each other: they can be moved together
            backing = Path("..", backing.parent.name, backing.name)
        command += ["-b", str(backing), "-F", kind]
    made = subprocess.run([*command, str(path), *([size] if size else [])], capture_output=True, text=True, check=False)
    if made.returncode:
        raise HvError(f"cannot create {path}: {made.stderr.strip()}")


class Machine:
    """An instance folder and, while it runs, the QEMU in it."""

    def __init__(self, folder):
        self.folder = Path(folder).absolute()

    def path(self, name):
        return self.folder / name

    def running(self):
        """Whether a keeper holds this folder's lock."""
        try:
            with open(self.path("lock"), encoding="ascii") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def require_running(self):
        if not self.running():
            raise HvError(f"no hypervisor runs in {self.folder}: start one with hv start {self.folder}")

    def prepare(self, disk, data, facts):
        """Make the folder ready for launch: overlays over DISK and DATA, FACTS for later commands."""
        if self.running():
            raise HvError(f"a hypervisor already runs in {self.folder}: end it with hv stop {self.folder}")
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("qmp.sock", "ssh.sock", *LOGS):
            self.path(name).unlink(missing_ok=True)
        overlay(self.path("disk.qcow2"), disk)
        overlay(self.path("data.qcow2"), data, None if data else "256M")
        self.path("facts.json").write_text(json.dumps(facts))

    def facts(self):
        return json.loads(self.path("facts.json").read_text())

    def launch(self, command, owner=None, ephemeral=False):
        """Start QEMU under a keeper. Until release() is called it dies with this process."""
        read_end, self.leash = os.pipe()
        subprocess.Popen(
            [sys.executable, __file__, self.folder, str(read_end), str(owner or 0), str(int(ephemeral)), *command],
            pass_fds=[read_end], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(self.path("qemu.log"), "ab"), start_new_session=True, cwd=self.folder)
        os.close(read_end)
        deadline = time.monotonic() + 30
        while not self.listening():
            if time.monotonic() > deadline or (self.path("keeper.pid").exists() and not self.running()):
                raise HvError(f"QEMU does not start: {self.log_tail('qemu.log')}")
            time.sleep(0.02)

    def listening(self):
        """Whether QEMU's control socket takes connections: its file exists a moment sooner."""
        try:
            self.qmp("query-status")
            return True
        except HvError as error:
            if isinstance(error.__cause__, (FileNotFoundError, ConnectionRefusedError)):
                return False
            raise

    def release(self):
        """Let QEMU outlive this process."""
        os.write(self.leash, b"k")
        os.close(self.leash)

    def stop(self):
        """End QEMU and its keeper; return once both are gone. The logs stay."""
        if self.running():
            keeper = int(self.path("keeper.pid").read_text())
            os.kill(keeper, signal.SIGTERM)
            deadline = time.monotonic() + 15
            while self.running():
                if time.monotonic() > deadline:
                    raise HvError(f"the keeper of {self.folder} (process {keeper}) does not end")
                time.sleep(0.02)
        for name in ("disk.qcow2", "data.qcow2", "qmp.sock", "ssh.sock", "keeper.pid", "facts.json", "lock"):
            self.path(name).unlink(missing_ok=True)

    def log_tail(self, name, lines=8):
        try:
            text = self.path(name).read_bytes().decode(errors="replace").replace("\r", "")
        except FileNotFoundError:
            return f"(no {self.path(name)})"
        return "\n  ".join([f"the end of {self.path(name)}:", *text.strip().splitlines()[-lines:]])

    def console(self):
        """What Xen and dom0 wrote to the serial console so far."""
        try:
            return self.path("boot.log").read_bytes().decode(errors="replace")
        except FileNotFoundError:
            return ""

    def qmp(self, command, **arguments):
        return self.qmp_all((command, arguments))[0]

    def qmp_all(self, *commands):
        """Run QMP commands on one connection; return what each returned."""
        here = os.open(".", os.O_RDONLY)
        try:
            os.chdir(self.folder)  # a socket's path holds 107 bytes, a folder's may be longer
            with socket.socket(socket.AF_UNIX) as sock:
                sock.settimeout(60)
                sock.connect("qmp.sock")
                return qmp_talk(sock.makefile("rwb"), (("qmp_capabilities", {}), *commands))[1:]
        except OSError as error:
            raise HvError(f"QEMU does not answer in {self.folder}: {error}. {self.log_tail('qemu.log')}") from error
        finally:
            os.fchdir(here)
            os.close(here)

    def ssh_port(self):
        shown = self.qmp("human-monitor-command", **{"command-line": "info usernet"})
        found = re.search(r"TCP\[HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)\s+\S+\s+22\b", shown)
        if not found:
            raise HvError(f"QEMU forwards no port to dom0's ssh: {shown}")
        return int(found.group(1))

    def forward(self, port):
        """Forward a free local port to PORT in dom0; return the local one."""
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            local = sock.getsockname()[1]
        said = self.qmp("human-monitor-command", **{"command-line": f"hostfwd_add net0 tcp:127.0.0.1:{local}-:{port}"})
        if said.strip():
            raise HvError(f"QEMU cannot forward to dom0's port {port}: {said.strip()}")
        return local


def qmp_talk(stream, commands):
    answers = []
    stream.readline()  # the greeting
    for name, arguments in commands:
        stream.write(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
        stream.flush()
        while True:
            line = stream.readline()
            if not line:
                raise HvError(f"QEMU closed its control socket during {name}")
            answer = json.loads(line)
            if "error" in answer:
                raise HvError(f"QEMU refused {name}: {answer['error']['desc']}")
            if "return" in answer:
                answers.append(answer["return"])
                break
    return answers


def keep(folder, leash, owner, ephemeral, command):
    """Hold the folder's lock and QEMU as a child until QEMU ends or a reason to end it comes:
    SIGTERM, the leash dropped before it was released, the owner process gone."""
    lock = open("lock", "w", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"keeper: another hypervisor runs in {folder}")
    qemu = None

    def end(*_):
        if qemu:
            qemu.kill()

    watched = select.poll()
    watched.register(leash, select.POLLIN)
    if owner:
        try:
            owner = os.pidfd_open(owner)
        except ProcessLookupError:
            sys.exit("keeper: the owner is gone")
        watched.register(owner, select.POLLIN)
    Path("keeper.pid").write_text(str(os.getpid()))
    qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    child = os.pidfd_open(qemu.pid)
    watched.register(child, select.POLLIN)
    while qemu.poll() is None:
        for fd, _ in watched.poll():
            if fd == leash:
                watched.unregister(leash)
                if os.read(leash, 1) != b"k":
                    end()
            elif fd == owner:
                watched.unregister(owner)
                end()
    if qemu.returncode not in (0, -signal.SIGKILL):
        sys.stderr.write(f"keeper: QEMU ended with status {qemu.returncode}\n")
    if ephemeral:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    keep(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "1", sys.argv[5:])
