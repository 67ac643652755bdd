"""`make proof`: what takes too long for `make test`, one part after the other, and a table of what each took.

`make long-proof` has more parts, and many more kills, hostile files and examples; it takes hours. A part that fails
does not keep the next from running; the exit code is that of the worst.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time

from pipelines.describe.specfile import ROOT

PARTS = {
    "long tests of the suite": ["pytest", "-m", "proof"],
    "tests on originals and all figures": ["pytest", "-m", "", "tests/proof"],
    "a release of all originals": ["tests.proof.originals"],
    "descriptions that change": ["tests.proof.descriptions"],
    "hostile files made of the originals": ["tests.proof.fuzz", "30"],
    "SQL that tries to write or never ends": ["tests.proof.box"],
    "refreshes killed, and two at once": ["tests.proof.kill", "3"],
    "downloads killed": ["tests.proof.download", "20"],
    "an analyst at Dagster's page": ["tests.proof.desk"],
    "a server asked by strangers": ["tests.proof.serve"],
}
# Instead of these or beside them, in make long-proof.
LONG = {
    "hostile files made of the originals": ["tests.proof.fuzz", "400"],
    "refreshes killed, and two at once": ["tests.proof.kill", "200"],
    "downloads killed": ["tests.proof.download", "200"],
    "the first delivery of every file": ["tests.proof.handed_over", "1"],
    "drafts of the publishers' files": ["tests.proof.drafts"],
    "deliveries in any order": ["tests.proof.order", "50", "2"],
    "one wrong city of fourteen": ["tests.proof.per_city"],
    "a machine that fails a refresh": ["tests.proof.faults", "10"],
    "a home of the first version": ["tests.proof.upgrade"],
}
# Short tests whose examples are many more where OBMI_PROOF=1.
MANY = (
    *("tests/unit/test_properties.py", "tests/models/test_aggregation_properties.py", "tests/models/test_reach.py"),
    *("tests/gate/test_held.py", "tests/unit/test_patch.py"),
)


def main() -> int:
    """Run every part and print the table."""
    long = sys.argv[1:] == ["--long"]
    parts = PARTS | LONG | {"many more examples of every property": ["pytest", *MANY]} if long else PARTS
    rows, worst = [], 0
    for name, command in parts.items():
        print(f"== {name}", flush=True)
        start, before = time.perf_counter(), _processor_seconds()
        env = {**os.environ, "OBMI_PROOF": str(int(long))}
        code = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, env=env).returncode
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
