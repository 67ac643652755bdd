"""Close this process for good: it writes nothing, reads one file, and has a bound on its memory."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
from pathlib import Path

from pipelines.home import Problem

# Linux: <linux/landlock.h> and <linux/prctl.h>; the three calls have the same number on every processor
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION, _PATH_BENEATH = 1, 1
_SET_PDEATHSIG, _SET_NO_NEW_PRIVS = 1, 38
_READ_FILE = 1 << 2
_READ = 1 << 0 | _READ_FILE | 1 << 3  # execute a file, read a file, list a folder
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # how many rights over files a version of Landlock knows, 16 from the fifth on
_NOBODY = 65534
_LATER = 100_000_000  # bytes of the libraries that are mapped, and that a query may be the first to touch
_libc = ctypes.CDLL(None, use_errno=True)


class OpenError(Problem):
    """A process that cannot be closed here: one sentence with what to do."""


def stop_writing(path: Path, seconds: int) -> None:
    """From here on the process changes no file, opens no connection, and ends with its parent or after `seconds` of
    processor time.

    Must be called before a second thread is started, because a thread keeps what it had. Raises OpenError where nothing
    keeps it from writing to `path`.
    """
    if len(os.listdir("/proc/self/task")) > 1:
        raise OpenError("the process for a query has more than one thread and cannot be closed; this is a bug in obmi")
    _libc.prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    for kind, most in ((resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(kind, (most, most))
    version = _landlock_version()
    if version < 1:
        return _become_reader(path)
    files = (1 << _RIGHTS.get(version, 16)) - 1 & ~_READ
    ports = [0b11] if version >= 4 else []
    signals = [0b11] if version >= 6 else []
    _restrict(_ruleset(files, *ports, *signals))


def read_only_one(path: Path, memory: int) -> None:
    """From here on the process opens no other file than `path`, and takes no more than `memory` bytes in all; three
    quarters of them where the libraries that are loaded take the rest."""
    told = Path("/proc/self/statm").read_text(encoding="ascii").split()
    mapped, resident = (int(pages) * resource.getpagesize() for pages in told[:2])
    most = mapped + max(memory - resident - _LATER, memory * 3 // 4)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    if _landlock_version() < 1:
        return
    rules = _ruleset(_READ)
    opened = os.open(path, os.O_PATH)
    _done(_libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", _READ_FILE, opened), 0))
    os.close(opened)
    _restrict(rules)


def _landlock_version() -> int:
    """Below one where the kernel has no Landlock."""
    return _libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)


def _ruleset(*denied: int) -> int:
    """Rights over files, ports and signals that are denied but for the rules that are added."""
    attributes = struct.pack(f"={len(denied)}Q", *denied)
    return _done(_libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0))


def _restrict(rules: int) -> None:
    _done(_libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _done(_libc.syscall(_RESTRICT_SELF, rules, 0))
    os.close(rules)


def _done(result: int) -> int:
    if result < 0:
        raise OpenError(f"the process for a query cannot be closed: {os.strerror(ctypes.get_errno())}")
    return result


def _become_reader(path: Path) -> None:
    """Without Landlock: a user who may read the file by its group, and write nothing there. Raises OpenError."""
    if os.geteuid() == 0:
        group = path.stat().st_gid
        os.setgroups([group])
        os.setresgid(group, group, group)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    if os.access(path, os.W_OK) or os.access(path.parent, os.W_OK):
        raise OpenError(
            f"this kernel has no Landlock, so a query could write to {path}; ask as a user who may only read it, or on "
            "Linux 5.13 or newer"
        )
