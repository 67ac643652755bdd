"""`make proof`: what takes too long for `make test`, one part after the other, and a table of what each took.

A part that fails does not keep the next from running; the exit code is that of the worst.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time

from pipelines.describe.specfile import ROOT

# Tests whose examples are many more where OBMI_PROOF=1.
MORE = (
    *("tests/unit/test_properties.py", "tests/models/test_aggregation_properties.py", "tests/models/test_reach.py"),
    "tests/gate/test_held.py",
)


def main() -> int:
    """Run every part and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", default="10", help="of a refresh")
    parser.add_argument("--downloads", default="200", help="kills of a download")
    args = parser.parse_args()
    parts = {
        "refreshes killed, and two at once": ["tests.proof.kill", args.kills],
        "downloads killed": ["tests.proof.download", args.downloads],
        "SQL that tries to write or never ends": ["tests.proof.box"],
        "a machine that fails a refresh": ["tests.proof.faults"],
        "hostile files made of the originals": ["tests.proof.fuzz"],
        "deliveries in any order": ["tests.proof.order"],
        "descriptions that change": ["tests.proof.descriptions"],
        "a release of all originals": ["tests.proof.originals"],
        "tests on originals and whole releases": ["pytest", "tests/proof"],
        "many more examples of every property": ["pytest", *MORE],
    }
    rows, worst = [], 0
    for name, command in parts.items():
        print(f"== {name}", flush=True)
        start, before = time.perf_counter(), _processor_seconds()
        code = subprocess.run(
            [sys.executable, "-m", *command], cwd=ROOT, env={**os.environ, "OBMI_PROOF": "1"}
        ).returncode
        rows.append((name, time.perf_counter() - start, _processor_seconds() - before, "failed" if code else "passed"))
        worst = max(worst, abs(code))
    print(f"\n{'proof':<40} {'seconds':>8} {'of processor':>13}")
    for name, seconds, processor, outcome in [*rows, ("all", *(sum(r[i] for r in rows) for i in (1, 2)), "")]:
        print(f"{name:<40} {seconds:>8.0f} {processor:>13.0f}  {outcome}")
    return worst


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
