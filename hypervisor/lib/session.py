"""hv run: one program inside a fresh dom0 on the caller's terminal, and nothing left afterwards.

Whatever ends this process, the keeper ends QEMU and removes the instance's folder: its leash is
never released.
"""

import os
import shlex
import shutil
import sys
import tempfile
import termios
from pathlib import Path

import states
from machine import Machine
from remote import Dom0
from settings import HvError, say


def run(words, kind):
    """Run WORDS in dom0; the first is a program of this machine that is copied there when it is a
    path, else one of dom0's own. Returns its exit status."""
    program = Path(words[0])
    if "/" in words[0] and not os.access(program, os.X_OK):
        raise HvError(f"no program {program}: build it first")
    on_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    folder = tempfile.mkdtemp(prefix="domtop-hypervisor-")
    machine = Machine(folder)
    dom0 = Dom0(machine)
    settings = termios.tcgetattr(sys.stdin) if on_terminal else None
    status = None
    try:
        states.start(folder, kind, ephemeral=True)
        words = list(words)
        if "/" in words[0]:
            dom0.put([words[0]], f"/usr/local/bin/{program.name}")
            words[0] = program.name
        say(f"running {program.name} in dom0")
        status = dom0.execute([shlex.join(words)], tty=on_terminal, stdin=not on_terminal)
        return status
    finally:
        if settings and status in (None, 255):
            restore(settings)
        states.abandon(machine)
        shutil.rmtree(folder, ignore_errors=True)


def restore(settings):
    """The terminal as it was, when the program inside could not see to it."""
    termios.tcsetattr(sys.stdin, termios.TCSADRAIN, settings)
    try:
        import curses

        curses.setupterm()
        for name in ("rmcup", "cnorm", "sgr0"):
            os.write(sys.stdout.fileno(), curses.tigetstr(name) or b"")
    except Exception:  # pylint: disable=broad-except
        pass  # a terminal that terminfo does not know has no such words
