"""`make orba-proof`: 300 edits of a plan's workbook as people make them, handed over as openpyxl saves them and as
LibreOffice does, which it installs with apt-get: each is taken right, or refused with its cell and why."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.orba_edits import EDITS, play, save, template

BATCH = 60  # workbooks that LibreOffice opens and saves in one go


def main() -> int:
    """Play every edit twice, and say what came out otherwise."""
    start, faults = time.perf_counter(), 0
    with tempfile.TemporaryDirectory() as work, ProcessPoolExecutor(2) as pool:
        folder = Path(work)
        for program, saved in (("openpyxl", _saved), ("LibreOffice", _through_libreoffice)):
            found = list(pool.map(_play, range(len(EDITS)), saved(folder)))
            for edit, wrong in zip(EDITS, found, strict=True):
                if wrong:
                    print(f"  {program}, {edit.name}: {wrong}")
            faults += sum(map(bool, found))
            right = found.count([])
            print(f"{program}: {right} of {len(EDITS)} right, {time.perf_counter() - start:.0f} s", flush=True)
    return min(faults, 1)


def _play(number: int, path: Path) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        return play(EDITS[number], Path(folder), path)


def _saved(folder: Path) -> list[Path]:
    (folder / "a").mkdir()
    return [save(edit.change, folder / "a" / f"{number}.xlsx") for number, edit in enumerate(EDITS)]


def _through_libreoffice(folder: Path) -> Iterable[Path]:
    """The same files, opened and saved by LibreOffice; and the workbook as it is written, of which nothing may get
    lost."""
    if not shutil.which("soffice"):
        subprocess.run(["apt-get", "update", "-q"], check=True, stdout=subprocess.DEVNULL)
        install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "libreoffice-calc"]
        subprocess.run(install, check=True, stdout=subprocess.DEVNULL)
    saved, target = [folder / "a" / f"{number}.xlsx" for number in range(len(EDITS))], folder / "b"
    (folder / "a" / "sjabloon.xlsx").write_bytes(template())
    given = [*saved, folder / "a" / "sjabloon.xlsx"]
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    for batch in (given[i : i + BATCH] for i in range(0, len(given), BATCH)):
        convert = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(target), *map(str, batch)]
        subprocess.run(convert, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert len(list(target.glob("*.xlsx"))) == len(given)
    return [target / path.name for path in saved]


if __name__ == "__main__":
    sys.exit(main())
