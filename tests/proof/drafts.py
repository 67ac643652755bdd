"""`make long-proof`: `obmi new` on every file of the publishers that may hold a table, answered by somebody who calls a
count whatever no question warns of: nothing that does not add up is drafted as a sum, and every draft lands at the
first try.

python -m tests.proof.drafts [--only TEXT]    those whose path holds TEXT
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from python_calamine import CalamineWorkbook

from pipelines.describe.catalogue import load_topics
from pipelines.describe.specfile import ROOT, load_yaml
from pipelines.describe.specs import load_datasets
from pipelines.home import Home
from pipelines.ingest.drop import drop
from pipelines.landing.landings import Landings
from pipelines.scaffold.new import new
from pipelines.scaffold.questions import Answers, NotDescribed
from tests.helpers import SHARED, originals_are_here
from tests.unit.described import ABOUT

DATA = SHARED / "data"
SUFFIXES = {".csv", ".txt", ".xlsx", ".xls", ".json", ".geojson", ".zip", ".parquet"}
PARTS = ("pipelines", "models", "sources", "expectations")
# Words of four languages that say of a figure that it does not add up: more than `obmi new` looks for.
SPEAKS = re.compile(
    r"media+n|mittel|gemid|moyen|average|aandeel|quota|werkloosheidsgraad|index|indice|prijs|price|prix|co[eë]ff|"
    r"percent|procent|pourcent|prozent|promille|%|kwartiel|quartile|decile|assym|gini|dichtheid|densit|"
    r"(?<![^\W_])(gem|mean|avg|share|rate|ratio|graad|taux|pct|perc|per|par|\w*duur|\w*tijd|p\d\d|q[1-3])(?![^\W_])",
    re.IGNORECASE,
)
WARNED = re.compile(r"speaks of|with fractions|does not add up by|says that it is a total")
SAID = {**ABOUT, "geheel": "het geheel", "tekens": "onbekend", "afwezig": "onbekend", "gebieden": "weglaten"}
SHOWN = ("gewesten", "themacode")  # answered by what is shown, or by file
# What a look at the file tells, by a part of its path.
LOOKED = {
    "detail-alle-jaren": {"kop": "1-2", "patronen": {"^Gemeente en OCMW ": ""}},
    "provincie per beleidsveld": {"kop": "1-2", "patronen": {"^Provincie ": ""}},
    "COVID19BE_CASES_MUNI_CUM": {"jaar": "2020"},
}
# The one area of a file, likewise.
PLACES = {
    "births_belgium": "01000",
    "popbelnl": "01000",
    "veka-": "02000",
    "omgevingsloket": "02000",
    "straat_wijken_Antwerpen": "11002",
    "telraam": "34022",
}


class Person:
    """Who answers one question at a time, from the path of the file and the question's own words."""

    def __init__(self, path: Path, code: str) -> None:
        self._path, self._code = path, code
        self._seen: Counter[str] = Counter()

    def __call__(self, name: str, told: str, choices: Sequence[str]) -> str:
        self._seen[name] += 1
        if self._seen[name] > 1:
            raise NotDescribed(f"there is no answer to {name}, {told}")
        topic = name.split(" ")[0]
        if topic in SAID and topic not in SHOWN:
            return SAID[topic]
        return str(getattr(self, f"_{topic}", self._first)(told, choices))

    def _first(self, told: str, choices: Sequence[str]) -> str:
        return choices[0]

    def _themacode(self, told: str, choices: Sequence[str]) -> str:
        return self._code

    def _bladen(self, told: str, choices: Sequence[str]) -> str:
        """The largest sheet."""
        if self._path.suffix not in (".xlsx", ".xls"):
            return choices[0]
        book = CalamineWorkbook.from_path(str(self._path))
        return max(choices, key=lambda n: len(book.get_sheet_by_name(n).to_python()))

    def _kop(self, told: str, choices: Sequence[str]) -> str:
        if found := re.search(r"rows (\d+-\d+) together", told):
            return found[1]
        return "0" if "holds figures" in told else re.search(r"; row (\d+)", told)[1]  # type: ignore[index]

    def _plaats(self, told: str, choices: Sequence[str]) -> str:
        return next((code for part, code in PLACES.items() if part in str(self._path)), "geen")

    def _kolomnamen(self, told: str, choices: Sequence[str]) -> str:
        return ",".join(f"kolom{i}" for i in range(int(re.search(r"\d+", told)[0])))  # type: ignore[index]

    def _jaar(self, told: str, choices: Sequence[str]) -> str:
        return (re.findall(r"(?<!\d)20[012]\d(?!\d)", f"{self._path} {told}") or ["2021"])[-1]

    def _periode(self, told: str, choices: Sequence[str]) -> str:
        return next((c for c in choices if re.search("jaar|year|^y$|dat", c, re.IGNORECASE)), choices[-1])

    def _getal(self, told: str, choices: Sequence[str]) -> str:
        return max(choices, key=float)

    def _niveau(self, told: str, choices: Sequence[str]) -> str:
        fits = re.findall(r"\w+", told.split(", as ")[-1].split(" fit")[0])
        return next((c for c in choices if c in fits), choices[0])

    def _kolommen(self, told: str, choices: Sequence[str]) -> str:
        return "geen" if WARNED.search(told) else "aantal"

    def _gewesten(self, told: str, choices: Sequence[str]) -> str:
        shown = re.findall(r"(\d{5}) \w+: (\d+) of (\d+) areas", told)
        return ",".join(region for region, there, of in shown if int(there) >= 0.9 * int(of) > 0) or "geen"

    def _dimensies(self, told: str, choices: Sequence[str]) -> str:
        if found := re.search(r"of which (.+?) (?:is the sum|says)", told):
            return found[1] if found[1] in choices else choices[2]
        if WARNED.search(told):
            return "apart" if len(choices) < 12 else choices[2]
        return "som"


@dataclass
class Tried:
    """What `obmi new` made of one file: why it was refused, or the sums and subjects of its draft. `wrong` are sums
    that speak of something else."""

    ident: str
    path: Path
    refused: str = ""
    crashed: str = ""
    subjects: int = 0
    sums: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0

    @property
    def told(self) -> str:
        """One line."""
        if self.crashed or self.refused:
            return f"{'CRASHED: ' if self.crashed else ''}{self.crashed or self.refused}"
        said = f" WRONG: {self.wrong[:5]}" if self.wrong else ""
        return f"{self.subjects} subjects, {len(self.sums)} of them sums{said}"


def not_counted() -> dict[Path, set[str]]:
    """Per file that a description is proven on the columns whose subjects do not add up, as the publisher names
    them."""
    specs, found = load_datasets(), {}
    for topic in (t for t in load_topics(datasets=specs).values() if t.aggregatie == "geen" and t.maat and not t.waar):
        for dataset in topic.bron:
            proof = ROOT / "tests" / "bewijs" / f"{dataset}.yaml"
            names = {
                theirs
                for form in specs[dataset].formats
                for ours, theirs in form.targets().items()
                if ours == topic.maat
            }
            for pattern in load_yaml(proof)["bestanden"] if proof.exists() else []:
                for path in DATA.glob(pattern):
                    found.setdefault(path, set()).update(names)
    return found


def tried(path: Path, ident: str, code: str, to: Path, said: list[str], known: set[str]) -> Tried:
    """Describe a file into a checkout. `known` are the columns of which the catalogue knows that they do not add up."""
    looked = next((answers for part, answers in LOOKED.items() if part in str(path)), {})
    done, start = Tried(ident, path), time.process_time()
    try:
        new(ident, path, Answers(dict(looked), Person(path, code), said.append), to, said.append)
    except NotDescribed as err:
        done.refused = str(err)
    except Exception as err:  # noqa: BLE001 - whatever it is, it is counted
        done.crashed = f"{type(err).__name__}: {str(err)[:300]}"
    done.seconds = time.process_time() - start
    if done.refused or done.crashed:
        return done
    spec = load_datasets(to, ident.split("_")[0])[ident]
    theirs = {ours: column for column, ours in spec.formats[0].header.items()}
    own = [t for t in load_topics(to, load_datasets(to)).values() if ident in t.bron]
    counted = [(theirs.get(t.maat or "", ""), t) for t in own if t.aggregatie == "som"]
    done.subjects, done.sums = len(own), [" ".join([column, t.naam, json.dumps(t.waar)]) for column, t in counted]
    done.wrong = [text for text in done.sums if SPEAKS.search(text)]
    done.wrong += [f"{column} does not add up in the catalogue" for column, _ in counted if column in known]
    return done


def landed(checkout: Path, drafts: list[Tried]) -> dict[str, str]:
    """Hand over the files of all drafts, refresh once, and say of each dataset what became of it ('' is accepted)."""
    for draft in drafts:  # what is in preparation has no figures yet
        file = checkout / "models" / "indicatoren" / f"{draft.ident}.yaml"
        if file.exists():
            file.write_text(re.sub(r"\n +in_voorbereiding: .*", "", file.read_text(encoding="utf-8")), encoding="utf-8")
    specs, home = load_datasets(checkout), Home(checkout / "home")
    for draft in drafts:
        drop(specs[draft.ident], [draft.path], home)
    (checkout / "obmi.toml").write_text("", encoding="utf-8")
    own = {"PYTHONPATH": str(checkout), "OBMI_HOME": str(home.root), "OBMI_CONFIG": str(checkout / "obmi.toml")}
    named = [part for draft in drafts for part in ("--dataset", draft.ident)]
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", "refresh", *named],
        cwd=checkout,
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        check=False,
    )
    if not (home.root / "current").exists():
        raise SystemExit(f"the refresh of the drafts made no release:\n{done.stdout[-3000:]}{done.stderr[-2000:]}")
    states = {draft.ident: Landings(home, specs)[draft.ident].state for draft in drafts}
    return {ident: "" if state.version else str(state.freshness) for ident, state in states.items()}


def main() -> int:
    """Draft every file, land the drafts, and print what became of each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    if not originals_are_here():
        return 0
    files = sorted(p for p in DATA.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    files = [p for p in files if args.only in str(p)]
    known = not_counted()
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder) / "checkout"
        for part in PARTS:
            shutil.copytree(ROOT / part, checkout / part, ignore=shutil.ignore_patterns("__pycache__"))
        results = []
        for number, path in enumerate(files):
            done = tried(path, f"proef_b{number:03d}", f"22{number % 100:02d}", checkout, [], known.get(path, set()))
            results.append(done)
            print(f"{str(path.relative_to(DATA))[-58:]:<58} {done.seconds:5.1f} {done.told[:300]}", flush=True)
        drafts = [r for r in results if not r.refused and not r.crashed]
        became = landed(checkout, drafts) if drafts else {}
    wrong, crashed = [w for r in results for w in r.wrong], [r for r in results if r.crashed]
    for ident, why in became.items():
        if why:
            print(f"NOT LANDED: {ident} {why}")
    print(f"{len(files)} files tried, {len(drafts)} drafted, {sum(bool(r.refused) for r in results)} refused, ", end="")
    print(
        f"{len(crashed)} crashed; {sum(len(r.sums) for r in results)} of {sum(r.subjects for r in results)} subjects ",
        end="",
    )
    print(f"are sums, {len(wrong)} of them speak of something else; ", end="")
    print(f"{sum(not why for why in became.values())} of {len(drafts)} land at the first try")
    return int(bool(wrong or crashed or any(became.values())))


if __name__ == "__main__":
    sys.exit(main())
