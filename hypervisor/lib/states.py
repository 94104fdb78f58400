"""From nothing to a running dom0: cold boots, and machine states saved after one to resume from.

A state is a folder: the two disks as they were, and the memory as a migration stream, all read-only
once made. It is keyed by everything it depends on, so a stale one is never resumed.
"""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import accel
import image
from machine import Machine, qemu_command
from remote import Dom0
from settings import BUILD, CPUS, HERE, MEMORY_MB, STATE_INPUTS, HvError, inputs_digest, locked, say

BOOT_SECONDS = 180
RESUME_SECONDS = 30


class Kind:
    """What to start: the network, guests or none, how many empty domains, and what it runs on."""

    def __init__(self, net, guests=True, domains=0):
        self.net, self.guests, self.domains = net, guests, domains

    def resolve(self):
        """Build the image and probe the accelerator. The caller holds the build lock."""
        self.image = image.build()
        self.accel = accel.choose(self.image)
        return self

    def __str__(self):
        return (f"net {self.net}, {'the guests' if self.guests else 'no guests'}"
                + (f", {self.domains} empty domains" if self.domains else ""))

    def state(self):
        name = "-".join(["state", self.net, *([] if self.guests else ["bare"]), *([str(self.domains)] if self.domains else [])])
        return name, BUILD / f"{name}-{inputs_digest(STATE_INPUTS, self.image.name, *self.machine_words())}"

    def machine_words(self):
        version = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True, check=True).stdout
        return (version, self.accel, MEMORY_MB, CPUS, self.net, self.guests, self.domains)

    def facts(self):
        return {"image": str(self.image), "net": self.net, "accel": self.accel}


def build(kind):
    """Image and saved state, built if missing. Whoever finds them ready does not wait for the lock."""
    if image.folder().exists() and kind.resolve().state()[1].exists():
        return
    with locked(BUILD / "lock", "builds the hypervisor"):
        ensure_state(kind.resolve())


def start(folder, kind, cold=False, **launch):
    """Start a machine of KIND in FOLDER and return it, connected."""
    machine = Machine(folder)
    if machine.running():
        raise HvError(f"a hypervisor already runs in {machine.folder}: end it with hv stop {machine.folder}")
    if cold:
        with locked(BUILD / "lock", "builds the hypervisor"):
            kind.resolve()
        cold_boot(machine, kind, **launch)
        return machine
    for attempt in ("first", "second", "last"):
        build(kind)
        try:
            resume(machine, kind, **launch)
            break
        except HvError as error:
            if attempt == "last":
                raise
            say(f"the saved state does not resume: {error}")
            if attempt == "second":
                say("making it anew")
                shutil.rmtree(kind.state()[1], ignore_errors=True)
    return machine


def cold_boot(machine, kind, **launch):
    """Boot Xen and dom0 from the image's disk, then create the guests."""
    machine.prepare(kind.image / "dom0.img", None, kind.facts())
    say(f"booting Xen under {'KVM' if kind.accel == 'kvm' else 'emulation (no usable KVM here)'}")
    machine.launch(qemu_command(kind.image, kind.accel, kind.net), **launch)
    dom0 = Dom0(machine)
    try:
        wait_for_boot(machine)
        connect(machine, dom0, RESUME_SECONDS)
        put_helper(dom0)
        if kind.guests:
            stream(machine, dom0, "creating the guests", "/usr/local/lib/hv/guests create")
        if kind.domains:
            stream(machine, dom0, f"creating {kind.domains} empty domains",
                   f"empty-domains create --count {kind.domains} --gap-every 7 >/run/empty-domains")
    except BaseException:
        abandon(machine)
        raise


def abandon(machine):
    Dom0(machine).disconnect()
    machine.stop()


def wait_for_boot(machine):
    deadline = time.monotonic() + BOOT_SECONDS
    told = set()
    while True:
        console = machine.console()
        for line in console.splitlines():
            if "HV-STAGE " in line and line not in told:
                told.add(line)
                say(f"dom0: {line.split('HV-STAGE ')[1].strip()}")
        if "HV-READY" in console:
            return
        for bad in ("HV-FAILED", "(XEN) Panic", "Kernel panic"):
            if bad in console:
                raise HvError(f"dom0 does not boot. {machine.log_tail('boot.log', 12)}")
        if not machine.running():
            raise HvError(f"QEMU ended while dom0 booted. {machine.log_tail('qemu.log')}")
        if time.monotonic() > deadline:
            raise HvError(f"dom0 is not up after {BOOT_SECONDS} s. {machine.log_tail('boot.log', 12)}")
        time.sleep(0.1)


def connect(machine, dom0, seconds):
    facts = machine.facts()
    facts["port"] = machine.ssh_port()
    machine.path("facts.json").write_text(json.dumps(facts))
    dom0.connect(seconds)
    dom0.output(f"date -s @{time.time():.3f} >/dev/null")


def put_helper(dom0):
    """Compile empty-domains and put it into dom0, when this machine can compile it."""
    source, program = HERE / "empty-domains.c", BUILD / "empty-domains"
    if not shutil.which("cc") or not Path("/usr/include/xenctrl.h").exists():
        say("no C compiler or no libxen-dev here: dom0 gets no empty-domains")
        return
    made = subprocess.run(["cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", source, "-o", program, "-lxenctrl", "-lxenstore"],
                          capture_output=True, text=True, check=False)
    if made.returncode:
        raise HvError(f"{source} does not compile: {made.stderr.strip()}")
    dom0.put([program], "/usr/local/bin/")


def stream(machine, dom0, what, line):
    """Run the shell line LINE in dom0 and pass on what it says as progress."""
    say(what)
    child = subprocess.Popen(dom0.command(line), cwd=machine.folder, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    said = []
    try:
        for text in child.stdout:
            said.append(text.rstrip())
            say(f"dom0: {text.rstrip()}")
        status = child.wait(10)
    finally:
        child.kill()
        child.wait()
    if status:
        raise HvError(f"{what} failed:\n  " + "\n  ".join(said[-6:]))


def ensure_state(kind):
    """Make the saved state of KIND if there is none. The caller holds the build lock."""
    name, final = kind.state()
    if final.exists():
        return
    say(f"no saved state with {kind}: booting once to make it")
    work = BUILD / "state.new"
    machine = Machine(work)
    machine.stop()
    shutil.rmtree(work, ignore_errors=True)
    try:
        cold_boot(machine, kind)
    except HvError:
        keep_log(machine)
        if kind.accel != "kvm":
            raise
        say("it does not boot under KVM: falling back to emulation")
        accel.refuse_kvm()
        kind.accel = "tcg"
        ensure_state(kind)
        return
    try:
        save(machine)
    finally:
        abandon(machine)
    for old in BUILD.glob(f"{name}-*"):
        if old.name.rpartition("-")[0] == name:
            shutil.rmtree(old, ignore_errors=True)
    os.rename(work, final)
    keep_log(Machine(final))


def keep_log(machine):
    if machine.path("boot.log").exists():
        shutil.copy(machine.path("boot.log"), BUILD / "boot.log")


def save(machine):
    """Write memory and devices to a file and leave the disks as they are at that moment."""
    say("saving the machine's state")
    dom0 = Dom0(machine)
    dom0.output("/usr/local/lib/hv/guests hold; sync; echo 3 >/proc/sys/vm/drop_caches")
    dom0.disconnect()
    time.sleep(0.5)  # let dom0 see the connection close: no connection may be part of the state
    machine.qmp("stop")
    machine.qmp_all(("migrate-set-parameters", {"max-bandwidth": 1 << 40}), ("migrate", {"uri": "exec:cat > memory"}))
    while True:
        shown = machine.qmp("query-migrate")
        if shown.get("status") == "completed":
            break
        if shown.get("status") in ("failed", "cancelled"):
            raise HvError(f"QEMU cannot save its state: {shown.get('error-desc', shown)}")
        time.sleep(0.1)
    machine.qmp("quit")
    deadline = time.monotonic() + 20
    while machine.running() and time.monotonic() < deadline:
        time.sleep(0.05)
    for disk in ("disk.qcow2", "data.qcow2"):
        machine.path(disk).rename(machine.path(f"saved-{disk}"))


def resume(machine, kind, **launch):
    """Start MACHINE from the saved state of KIND."""
    saved = kind.state()[1]
    machine.prepare(saved / "saved-disk.qcow2", saved / "saved-data.qcow2", kind.facts())
    machine.launch(qemu_command(kind.image, kind.accel, kind.net, saved / "memory"), **launch)
    try:
        deadline = time.monotonic() + RESUME_SECONDS
        while (shown := machine.qmp("query-status")["status"]) == "inmigrate":
            if time.monotonic() > deadline or not machine.running():
                raise HvError(f"QEMU is still loading after {RESUME_SECONDS} s")
            time.sleep(0.05)
        if shown == "paused":
            machine.qmp("cont")
        dom0 = Dom0(machine)
        connect(machine, dom0, RESUME_SECONDS)
        dom0.output("/usr/local/lib/hv/guests release </dev/null >/dev/null 2>&1 &")
    except BaseException:
        abandon(machine)
        raise
