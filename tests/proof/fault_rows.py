"""The faults that the system must survive (tests/faults.csv), each with the tests and the longer proofs that show it.

python -m tests.proof.fault_rows    run the tests that are named there, and count the faults whose tests all passed

The numbers are those of the list of faults that the project set out with; what befalls a download or a release stands
with its own tests.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from pipelines.describe.specfile import ROOT

TESTS = ROOT / "tests"


def faults() -> dict[str, list[str]]:
    """By number and fault, the tests (FILE::TEST) and proofs (FILE) that show that it is survived."""
    with (TESTS / "faults.csv").open(encoding="utf-8", newline="") as stream:
        return {
            f"{row['number']} {row['fault']}": row["shown_by"].split() for row in csv.DictReader(stream, delimiter=";")
        }


def absent() -> list[str]:
    """What is named there and is no test or proof of ours."""
    wrong = []
    for fault, shown in faults().items():
        for name in shown or [""]:
            file, _, test = name.partition("::")
            path = TESTS / file
            if not path.is_file() or (test and f"def {test}(" not in path.read_text(encoding="utf-8")):
                wrong.append(f"{fault}: {name}")
    return wrong


def main() -> int:
    """Run every test that is named, and print which faults are not survived; the exit code is their number."""
    named = sorted({name for shown in faults().values() for name in shown if "::" in name})
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-m", "", f"--junit-xml={report}"]
        subprocess.run([*command, *(f"tests/{name}" for name in named)], cwd=ROOT, check=False)
        cases = [*ElementTree.parse(report).iter("testcase")]
    ran, bad = set(), set()
    for case in cases:
        place = "/".join(case.attrib["classname"].split(".")[1:])
        name = f"{place}.py::{case.attrib['name'].split('[')[0]}"
        (bad if len(case) else ran).add(name)
    wrong = {fault: [n for n in shown if "::" in n and (n in bad or n not in ran)] for fault, shown in faults().items()}
    for fault, names in wrong.items():
        if names:
            print(f"{fault}: {', '.join(names)}")
    passed = sum(not names for names in wrong.values())
    print(f"{passed} of {len(wrong)} faults are survived as their tests ask; {len(named)} tests, {len(cases)} cases")
    return len(wrong) - passed


if __name__ == "__main__":
    sys.exit(main())
