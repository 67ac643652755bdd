"""Who may read a file of a release: its group, as `releases.groups` says."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipelines.publish.releases import ReleaseError

ALL = "alles"  # what holds the figures of every city


def give(path: Path, groups: dict[str, str]) -> None:
    """Give a city's file to that city's group, another one to that of `alles`. Raises ReleaseError."""
    group = groups.get(path.stem if path.parent.name == "steden" else ALL)
    if group is None:
        return
    try:
        shutil.chown(path, group=group)
    except (LookupError, PermissionError) as err:
        raise ReleaseError(
            f"{path.name} cannot be given to the group '{group}' of releases.groups; make the group, and put who "
            "refreshes in it"
        ) from err
