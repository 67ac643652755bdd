"""`make long-proof`: a home of the first version that was landed, with a file that somebody handed over, is taken into
use by this one, data in place.

python -m tests.proof.upgrade
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path

from pipelines.describe.specfile import ROOT
from tests.helpers import edited, query, table_hashes
from tests.scenes.one_city import one_more

FIRST = "c4fd925"
DATASET = "statbel_armoederisico"
TOLD = {"bron", "kwaliteit", "revisie", "datamaturiteit"}  # these say when something was accepted, or in which release


def obmi(checkout: Path, home: Path, *command: str) -> str:
    """Run a command of a checkout on a home; what it printed."""
    env = {**os.environ, "PYTHONPATH": str(checkout), "OBMI_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", *command],
        cwd=checkout,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"obmi {' '.join(command)} in {checkout}: {done.stdout}{done.stderr}")
    return done.stdout


def main() -> int:
    """Play it, and compare with a home that only this version knew."""
    packed = subprocess.run(["git", "archive", FIRST], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        print(f"skipped: the history of this checkout does not go back to {FIRST}")
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with tarfile.open(fileobj=BytesIO(packed.stdout)) as tar:
            tar.extractall(folder / "first", filter="data")
        changed = edited(DATASET, folder, lambda row: one_more(DATASET, row))
        upgraded, new = folder / "upgraded", folder / "new"
        obmi(folder / "first", upgraded, "refresh")
        obmi(folder / "first", upgraded, "drop", DATASET, str(changed))
        obmi(folder / "first", upgraded, "refresh")
        before = query(upgraded, "SELECT release FROM mart.release")[0][0]
        obmi(ROOT, upgraded, "refresh")
        obmi(ROOT, new, "drop", DATASET, str(changed))
        obmi(ROOT, new, "refresh")
        found, wanted = table_hashes(upgraded), table_hashes(new)
        compared = wanted.keys() - TOLD
        wrong = sorted(table for table in compared if found.get(table) != wanted[table])
        obmi(ROOT, upgraded, "verify", before)
        obmi(ROOT, upgraded, "rollback", before)
        kept = query(upgraded, "SELECT COUNT(*) FROM mart.waarneming")[0][0]
    print(f"{len(compared)} tables compared, unequal: {wrong}; {before} still has {kept:,} rows")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
