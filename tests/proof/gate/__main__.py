"""`make gate-proof`: at least 300 seeded defects and 200 clean refreshes through the gate, with what it caught.

DEFECTS=8 is how many defects a dataset gets. The tables are printed, and written into docs/poort.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from pipelines.describe.specfile import ROOT
from tests.proof.gate.proof import SEED, WORKERS, holds, report, run

PAGE, MARK = ROOT / "docs" / "poort.md", "<!-- below: written by make gate-proof -->\n"


def main() -> int:
    """Run it all, print it and write it down; 1 when the gate is weaker than wanted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("defects", nargs="?", type=int, default=8)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--home", type=Path, help="keeps what landed, for the next time")
    parser.add_argument("--workers", type=int, default=WORKERS)
    args = parser.parse_args()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        bad, good = run(args.home or Path(folder), args.defects, args.seed, args.workers)
    text = report(bad, good, time.perf_counter() - start, args.seed)
    print(text)
    PAGE.write_text(PAGE.read_text(encoding="utf-8").split(MARK)[0] + MARK + "\n" + text, encoding="utf-8")
    return int(not holds(bad, good))


if __name__ == "__main__":
    sys.exit(main())
