"""Whether KVM works here, found by starting Xen under it: /dev/kvm may exist and still not do.

The answer is kept until the machine reboots or QEMU changes.
"""

import json
import os
import subprocess
import time
from pathlib import Path

from settings import BUILD, say

PROBE_SECONDS = 6


def choose(image):
    """"kvm" or "tcg". HV_ACCEL overrides."""
    forced = os.environ.get("HV_ACCEL")
    if forced in ("kvm", "tcg"):
        return forced
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    kept = BUILD / "accel.json"
    here = circumstances()
    if kept.exists():
        answer = json.loads(kept.read_text())
        if answer["circumstances"] == here:
            return answer["accel"]
    say("probing KVM")
    return remember("kvm" if xen_starts(image) else "tcg")


def refuse_kvm():
    remember("tcg")


def remember(accel):
    (BUILD / "accel.json").write_text(json.dumps({"circumstances": circumstances(), "accel": accel}))
    return accel


def circumstances():
    qemu = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True, check=False).stdout
    return [Path("/proc/sys/kernel/random/boot_id").read_text().strip(), qemu.splitlines()[0]]


def xen_starts(image):
    """Xen, given a dom0 too small to be one, gets as far as looking at it."""
    log = BUILD / "probe.log"
    log.unlink(missing_ok=True)
    probe = subprocess.Popen(
        ["qemu-system-x86_64", "-accel", "kvm", "-cpu", "host", "-smp", "2", "-m", "512", "-nodefaults", "-display", "none",
         "-no-reboot", "-serial", f"file:{log}", "-kernel", f"{image}/xen", "-append", "console=com1 com1=115200,8n1",
         "-initrd", f"{image}/known_hosts"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    os.set_blocking(probe.stderr.fileno(), False)
    try:
        deadline = time.monotonic() + PROBE_SECONDS
        said = b""
        while time.monotonic() < deadline and probe.poll() is None:
            said += probe.stderr.read() or b""
            if b"internal error" in said or b"emulation failure" in said:
                return False
            if log.exists() and b"dom0 kernel" in log.read_bytes():
                return True
            time.sleep(0.05)
        return log.exists() and b"dom0 kernel" in log.read_bytes()
    finally:
        probe.kill()
        probe.wait()
        log.unlink(missing_ok=True)
