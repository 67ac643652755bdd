"""`make proof`: what takes too long for `make test`, and a table of what each part took.

Parts that use both cores, or that watch a clock, run by themselves; the others two at a time. What a part says is
printed when it has ended, and its last lines once more below the table where it failed. `make long-proof` has more
parts, and many more kills, hostile files and examples; it takes hours. A part that fails does not keep the next from
running; the exit code is that of the worst.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from pipelines.describe.specfile import ROOT

PARTS = {
    "long tests of the suite": ["pytest", "-m", "proof"],
    "tests on originals and all figures": ["pytest", "-m", "", "tests/proof"],
    "SQL that tries to write or never ends": ["tests.proof.box"],
    "a server asked by strangers": ["tests.proof.serve"],
    "a release of all originals": ["tests.proof.originals"],
    "an analyst at Dagster's page": ["tests.proof.desk"],
    "refreshes killed, and two at once": ["tests.proof.kill", "3"],
    "descriptions that change": ["tests.proof.descriptions"],
    "cities at each other's own data": ["tests.proof.own_data", "2"],
    "hostile files made of the originals": ["tests.proof.fuzz", "30"],
    "downloads killed": ["tests.proof.download", "20"],
}
# What runs two at a time, the longest first.
BESIDE = (
    *("a release of all originals", "an analyst at Dagster's page", "refreshes killed, and two at once"),
    *("descriptions that change", "cities at each other's own data", "hostile files made of the originals"),
    "downloads killed",
    *("the first delivery of every file", "drafts of the publishers' files", "deliveries in any order"),
)
# Instead of these or beside them, in make long-proof.
LONG = {
    "hostile files made of the originals": ["tests.proof.fuzz", "400"],
    "refreshes killed, and two at once": ["tests.proof.kill", "200"],
    "downloads killed": ["tests.proof.download", "200"],
    "the first delivery of every file": ["tests.proof.handed_over", "1"],
    "drafts of the publishers' files": ["tests.proof.drafts"],
    "deliveries in any order": ["tests.proof.order", "50", "2"],
    "one wrong city of fourteen": ["tests.proof.per_city"],
    "cities at each other's own data": ["tests.proof.own_data", "13"],
    "a machine that fails a refresh": ["tests.proof.faults", "10"],
    "nights with a fault each": ["tests.proof.nights", "30"],
    "thirty releases made again elsewhere": ["tests.proof.rebuilt", "30"],
    "hidden figures made again elsewhere": ["pytest", "-m", "", "tests/proof/rebuilt_hidden.py"],
    "rollbacks while refreshes run": ["tests.proof.rolled_back", "20"],
    "a home of the first version": ["tests.proof.upgrade"],
    "half-year reports after refreshes": ["tests.proof.reports_kept", "20"],
    "a first live night, and publishers who change": ["tests.proof.live"],
}
# Short tests whose examples are many more where OBMI_PROOF=1.
MANY = (
    *("tests/unit/test_properties.py", "tests/models/test_aggregation_properties.py", "tests/models/test_reach.py"),
    *("tests/gate/test_held.py", "tests/unit/test_patch.py"),
)
LAST = 40  # lines of a part that failed, below the table: pytest names there what failed
PRINTING = threading.Lock()


class Outcome(NamedTuple):
    """How a part ended: its exit code, its seconds, those of the processor, and what it said."""

    name: str
    seconds: float
    processor: float
    code: int
    said: str


def main() -> int:
    """Run every part and print the table."""
    long = sys.argv[1:] == ["--long"]
    parts = PARTS | LONG | {"many more examples of every property": ["pytest", *MANY]} if long else PARTS
    env = {**os.environ, "OBMI_PROOF": str(int(long))}
    start = time.perf_counter()
    outcomes = [_run(name, parts[name], env) for name in parts if name not in BESIDE]
    with ThreadPoolExecutor(2) as two:
        outcomes += two.map(lambda name: _run(name, parts[name], env), [name for name in parts if name in BESIDE])
    print(f"\n{'proof':<40} {'seconds':>8} {'of processor':>13}")
    for o in outcomes:
        print(f"{o.name:<40} {o.seconds:>8.0f} {o.processor:>13.0f}  {'failed' if o.code else 'passed'}")
    print(f"{'all':<40} {time.perf_counter() - start:>8.0f} {sum(o.processor for o in outcomes):>13.0f}")
    for o in outcomes:
        if o.code:
            print(f"\n== {o.name} failed, and said last:", *o.said.splitlines()[-LAST:], sep="\n")
    return max(abs(o.code) for o in outcomes)


def _run(name: str, command: list[str], env: dict[str, str]) -> Outcome:
    """One part in a process of its own, and what it and its children took. Two may run at once, so what one says is
    printed in one piece."""
    print(f"== {name}", flush=True)
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+", errors="replace") as out:
        part = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=env, stdout=out, stderr=out)
        _, status, used = os.wait4(part.pid, 0)
        part.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
        out.seek(0)
        said = out.read()
    with PRINTING:
        print(f"== {name}, ended", said, sep="\n", flush=True)
    return Outcome(name, seconds, used.ru_utime + used.ru_stime, part.returncode, said)


if __name__ == "__main__":
    sys.exit(main())
