"""A program of the system that a proof needs, and that no Python package brings."""

from __future__ import annotations

import os
import shutil
import subprocess


def installed(program: str) -> bool:
    """Whether a program is on this machine; where it is not and may be, it is installed first, with apt-get."""
    if shutil.which(program) is None and shutil.which("apt-get") and os.geteuid() == 0:
        for command in (["update", "-qq"], ["install", "-y", "-qq", program]):
            subprocess.run(["apt-get", *command], check=False, stdout=subprocess.DEVNULL)
    return shutil.which(program) is not None
