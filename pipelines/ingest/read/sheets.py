"""The sheets of a workbook, read by a process of their own.

The reader lays a sheet out as one block, from its first cell to its last. One cell far from the others asks for more
memory than there is, and what cannot be had ends the whole process, without an exception: so it is not ours.
"""

from __future__ import annotations

import pickle
import resource
import subprocess
import sys
from pathlib import Path

MEMORY = 4 << 30  # bytes: a sheet of a million rows and forty columns
Cells = list[list[object]]


class DamagedWorkbook(Exception):
    """A workbook that cannot be read: what is wrong with it, and what to do."""


def sheet_names(path: Path) -> list[str]:
    """The names of all sheets. Raises DamagedWorkbook."""
    return list(_read(path, []))


def read_sheets(path: Path, names: list[str]) -> dict[str, Cells]:
    """The cells of these sheets, from the first row and column on. Raises DamagedWorkbook."""
    found = _read(path, names)
    return {name: found[name] for name in names}


def _read(path: Path, names: list[str]) -> dict[str, Cells]:
    command = [sys.executable, "-P", "-m", __name__, str(path.resolve()), *names]
    root = Path(__file__).parents[3]
    done = subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode == 0:
        return pickle.loads(done.stdout)  # noqa: S301 -- what our own process wrote
    if done.returncode == 1 and done.stdout:
        raise DamagedWorkbook(done.stdout.decode())
    raise DamagedWorkbook(
        "its reader gave up: a cell may stand very far from the others; delete what stands apart and save it again"
    )


def main() -> int:
    """Write the asked sheets to stdout, every other one without cells; or what is wrong with the workbook."""
    from python_calamine import CalamineError, CalamineWorkbook

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    path, *names = sys.argv[1:]
    try:
        book = CalamineWorkbook.from_path(path)
        asked = {n: book.get_sheet_by_name(n) for n in book.sheet_names if n in names}
        found = {n: asked[n].to_python(skip_empty_area=False) if n in asked else [] for n in book.sheet_names}
    except CalamineError as err:
        sys.stdout.buffer.write(str(err).encode())
        return 1
    pickle.dump(found, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
    return 0


if __name__ == "__main__":
    sys.exit(main())
