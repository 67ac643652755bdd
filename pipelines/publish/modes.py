"""Who may read a file of a release: its group, as `releases.groups` says."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

from pipelines.publish.releases import ReleaseError

ALL = "alles"  # what holds the figures of every city


def give(path: Path, groups: dict[str, str], *, own: bool = False) -> None:
    """Give a city's file to that city's group, another one to that of `alles`; a file that holds what is a city's
    `own` stays its owner's alone until that city has a group. Raises ReleaseError."""
    group = groups.get(path.stem if path.parent.name == "steden" else ALL)
    if group is None:
        if own:
            path.chmod(0o600)
        return
    try:
        shutil.chown(path, group=group)
    except (LookupError, PermissionError) as err:
        raise ReleaseError(
            f"{path.name} cannot be given to the group '{group}' of releases.groups; make the group, and put who "
            "refreshes in it"
        ) from err


def closed(folder: Path) -> int:
    """Let nobody but its owner into a folder while files are written in it that nobody was given yet; its mode of
    before."""
    mode = stat.S_IMODE(folder.stat().st_mode)
    folder.chmod(0o700)
    return mode
