"""Commands and files in and out of dom0, over ssh on a port of 127.0.0.1.

One ssh connection per instance is kept open and shared by all commands (ControlMaster), because a
handshake is dear on an emulated CPU. No configuration and no key of the user's is read.
"""

import os
import re
import shlex
import subprocess
import sys
import tarfile
import time
from pathlib import Path

from settings import HvError

TIMED_OUT = 124
SESSION_ENV = ("COLORTERM", "NO_COLOR", "ESCDELAY", "NCURSES_NO_UTF8_ACS")


class Dom0:
    """The dom0 of a running machine."""

    def __init__(self, machine):
        self.machine = machine

    def ssh(self, *options):
        facts = self.machine.facts()
        settings = {
            "ControlPath": "ssh.sock", "HostKeyAlias": "dom0", "UserKnownHostsFile": f'"{facts["image"]}/known_hosts"',
            "GlobalKnownHostsFile": "/dev/null", "StrictHostKeyChecking": "yes", "IdentitiesOnly": "yes",
            "IdentityFile": f'"{facts["image"]}/key"', "IdentityAgent": "none", "PreferredAuthentications": "publickey",
            "KexAlgorithms": "curve25519-sha256", "Ciphers": "chacha20-poly1305@openssh.com", "Compression": "no",
            "LogLevel": "ERROR", "UpdateHostKeys": "no",
        }
        command = ["ssh", "-F", "/dev/null", "-p", str(facts.get("port", 0)), "-l", "root"]
        for name, value in settings.items():
            command += ["-o", f"{name}={value}"]
        return [*command, *options, "127.0.0.1"]

    def connect(self, seconds):
        """Open the shared connection; raise if dom0 does not answer within SECONDS."""
        deadline = time.monotonic() + seconds
        said = ""
        while time.monotonic() < deadline:
            if not self.machine.running():
                raise HvError(f"QEMU ended. {self.machine.log_tail('qemu.log')}")
            opened = subprocess.run(
                self.ssh("-M", "-N", "-f", "-o", "ControlPersist=yes", "-o", f"ConnectTimeout={max(5, int(seconds) // 3)}"),
                cwd=self.machine.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                text=True, check=False)
            if opened.returncode == 0:
                return
            said = opened.stderr.strip()
            time.sleep(0.2)
        raise HvError(f"dom0's ssh does not answer within {seconds:.0f} s ({said}). {self.machine.log_tail('boot.log')}")

    def disconnect(self):
        """Close the shared connection; return when its process is gone."""
        if not self.machine.path("ssh.sock").exists():
            return
        asked = self.control("check")
        self.control("exit")
        found = re.search(r"pid=(\d+)", asked.stderr)
        deadline = time.monotonic() + 3
        while found and Path(f"/proc/{found.group(1)}").exists() and time.monotonic() < deadline:
            time.sleep(0.02)

    def control(self, verb):
        return subprocess.run(self.ssh("-O", verb), cwd=self.machine.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)

    def command(self, line, tty=False):
        """The local command that runs the shell line LINE in dom0."""
        return [*self.ssh("-tt" if tty else "-T", "-o", "ControlMaster=no"), f". /etc/hv-env; {line}\nexit $?"]

    def execute(self, words, tty=False, stdin=False, seconds=None):
        """Run WORDS in dom0 on this process's own stdout and stderr; return its exit status.
        One word is a line for dom0's shell; several are a command and its arguments, as they are."""
        line = words[0] if len(words) == 1 else shlex.join(words)
        if seconds:
            line = f"timeout -k 5 {seconds} sh -c {shlex.quote(line)}"
        if tty:
            line = session_environment() + line
        child = subprocess.Popen(self.command(line, tty), cwd=self.machine.folder,
                                 stdin=None if tty or stdin else subprocess.DEVNULL)
        try:
            status = child.wait(seconds + 10 if seconds else None)
        except subprocess.TimeoutExpired:
            status = TIMED_OUT
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()
        if status == 255 and self.control("check").returncode:
            raise HvError(f"the connection to dom0 broke. {self.machine.log_tail('boot.log')}")
        return status

    def output(self, line, stdin=None):
        """Run the shell line LINE in dom0; return what it printed; raise if it fails."""
        done = subprocess.run(self.command(line), cwd=self.machine.folder, capture_output=True, check=False,
                              **({"input": stdin} if stdin is not None else {"stdin": subprocess.DEVNULL}))
        if done.returncode:
            raise HvError(f"in dom0, {line!r} failed with {done.returncode}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout.decode(errors="replace")

    def put(self, sources, target):
        """Copy files and folders to TARGET in dom0: into it when it is a folder (or ends with /, or
        there are several), else under its name. They arrive owned by root, modes kept."""
        into = "true" if target.endswith("/") or len(sources) > 1 else '[ -d "$t" ]'
        line = (f"t={shlex.quote(target)}; n={shlex.quote(Path(sources[0]).absolute().name)}; "
                f'if {into}; then mkdir -p "$t" && tar -x -f - -C "$t"; '
                'else d=$t; mkdir -p "$(dirname "$d")"; t=$(mktemp -d) && tar -x -f - -C "$t" && mv -fT "$t/$n" "$d" && rmdir "$t"; fi')
        child = subprocess.Popen(self.command(line), cwd=self.machine.folder, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            with tarfile.open(fileobj=child.stdin, mode="w|", format=tarfile.PAX_FORMAT) as archive:
                for source in sources:
                    archive.add(source, arcname=Path(source).absolute().name, filter=as_root)
            child.stdin.close()
        except BrokenPipeError:
            pass
        except OSError as error:
            child.kill()
            raise HvError(f"cannot read {error.filename or sources}: {error.strerror}") from error
        said = child.stderr.read().decode(errors="replace").strip()
        if child.wait():
            raise HvError(f"copying into dom0 as {target} failed: {said}")

    def get(self, source, target):
        """Copy a file or folder SOURCE out of dom0, into TARGET when that is a folder, else as TARGET."""
        path = Path(source)
        target = Path(target) / path.name if Path(target).is_dir() else Path(target)
        line = f"tar -c -f - -C {shlex.quote(str(path.parent))} -- {shlex.quote(path.name)}"
        child = subprocess.Popen(self.command(line), cwd=self.machine.folder, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            with tarfile.open(fileobj=child.stdout, mode="r|") as archive:
                for member in archive:
                    member.uid, member.gid = os.getuid(), os.getgid()
                    member.uname = member.gname = ""
                    member.name = os.path.join(target.name, os.path.relpath(member.name, path.name)).removesuffix("/.")
                    archive.extract(member, target.parent, set_attrs=True)
        except tarfile.ReadError:
            pass  # nothing came: the status below tells why
        said = child.stderr.read().decode(errors="replace").strip()
        if child.wait():
            raise HvError(f"copying {source} out of dom0 failed: {said}")


def as_root(member):
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def session_environment():
    """The caller's terminal settings as words before a command; an unknown TERM becomes a known one.
    dom0's own locale has UTF-8: a terminal that is not said to show it gets none."""
    words = [f"{name}={shlex.quote(os.environ[name])}" for name in SESSION_ENV if name in os.environ]
    charset = next((os.environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if os.environ.get(name)), "")
    if not re.search(r"utf-?8", charset, re.I):
        words.append("LC_ALL=C")
    export = f"export {' '.join(words)}; " if words else ""
    return export + 'infocmp "$TERM" >/dev/null 2>&1 || export TERM=xterm-256color; '
