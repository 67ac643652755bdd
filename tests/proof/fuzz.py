"""`make proof`: hostile files made of the publishers' own, each handed over to a home that has the original.

python -m tests.proof.fuzz [NUMBER [SEED [FIRST]]]    FIRST leaves out the files before it

None may end in a traceback or stop the next refresh, and of one that is accepted every row is accounted for. The short
form runs in the suite (test_hostile.py).
"""

from __future__ import annotations

import csv
import gzip
import io
import random
import shutil
import sys
import tempfile
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path

import yaml

from pipelines.config import Settings
from pipelines.deliver import Landed, land_dataset
from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.home import Home
from pipelines.ingest.drop import drop
from pipelines.landing.landings import Landing
from tests.helpers import SHARED, landings, originals_are_here, with_register
from tests.homes import linked
from tests.proof import recomputed_raw

SEED = 20261128
ROWS = 60_000  # of larger files reading takes most of the time, and nothing else is met in them
Random = random.Random
Harm = Callable[[bytes, Random], bytes]


def _lines(content: bytes) -> tuple[bytes, list[bytes]]:
    header, *rows = content.splitlines(keepends=True) or [b""]
    return header, rows


def _at(content: bytes, rng: Random) -> int:
    return rng.randrange(max(len(content), 1))


def _inserted(content: bytes, rng: Random, what: bytes) -> bytes:
    place = _at(content, rng)
    return content[:place] + what + content[place:]


def _shuffled(content: bytes, rng: Random) -> bytes:
    header, rows = _lines(content)
    rng.shuffle(rows)
    return header + b"".join(rows)


def _row_doubled(content: bytes, rng: Random) -> bytes:
    header, rows = _lines(content)
    rows.insert(rng.randrange(len(rows) + 1), rng.choice(rows or [header]))
    return header + b"".join(rows)


def _rows_left_out(content: bytes, rng: Random) -> bytes:
    header, rows = _lines(content)
    return header + b"".join(rows[: rng.randrange(len(rows) + 1)])


def _wide(content: bytes, rng: Random) -> bytes:
    sign = rng.choice([b";", b",", b"\t"]) * rng.choice([1, 1000, 100_000])
    header, rows = _lines(content)
    return b"".join(line.rstrip(b"\r\n") + sign + b"\n" for line in [header, *rows[:20]])


def _byte_changed(content: bytes, rng: Random) -> bytes:
    place = _at(content, rng)
    return content[:place] + bytes([rng.randrange(256)]) + content[place + 1 :]


def _block_zeroed(content: bytes, rng: Random) -> bytes:
    place = _at(content, rng)
    return content[:place] + bytes(len(content[place : place + 512])) + content[place + 512 :]


def _blocks_swapped(content: bytes, rng: Random) -> bytes:
    one, other = sorted((_at(content, rng), _at(content, rng)))
    first, second = content[one : one + 512], content[other : other + 512]
    return content[:one] + second + content[one + 512 : other] + first + content[other + 512 :]


def _encoded(content: bytes, rng: Random) -> bytes:
    text = content.decode("utf-8", "replace") if rng.random() < 0.5 else content.decode("cp1252", "replace")
    return text.encode(rng.choice(["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-32", "utf-7"]), "replace")


def _line_ends(content: bytes, rng: Random) -> bytes:
    plain = content.replace(b"\r\n", b"\n")
    return plain.replace(b"\n", rng.choice([b"\r\n", b"\r", b"\n\n", b"\n", "\u2028".encode(), b"\0\n"]))


def _packed(content: bytes, rng: Random) -> bytes:
    for _ in range(rng.choice([1, 2, 40])):
        if rng.random() < 0.5:
            content = gzip.compress(content)
        else:
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(rng.choice(["a.csv", "../a.csv", "/a.csv", "a.zip", "C:\\a.csv", "x" * 300]), content)
            content = out.getvalue()
    return content


def _nested(content: bytes, rng: Random) -> bytes:
    opening, closing = rng.choice([(b"[", b"]"), (b'{"a":', b"}"), (b'"', b'"'), (b"<a>", b"</a>")])
    deep = rng.choice([1, 1000, 200_000])
    return opening * deep + content + closing * deep


# Every way to harm the bytes of a file, and the text of what is packed in it.
HARMS: dict[str, Harm] = {
    "cut": lambda content, rng: content[: _at(content, rng)],
    "beginning cut": lambda content, rng: content[_at(content, rng) :],
    "rows left out": _rows_left_out,
    "doubled": lambda content, rng: content + content,
    "one row doubled": _row_doubled,
    "rows reordered": _shuffled,
    "re-encoded": _encoded,
    "other line ends": _line_ends,
    "one byte changed": _byte_changed,
    "a block zeroed": _block_zeroed,
    "blocks swapped": _blocks_swapped,
    "nested": _nested,
    "packed": _packed,
    "huge field": lambda content, rng: _inserted(content, rng, b"9" * rng.choice([5000, 140_000, 5_000_000])),
    "a quote": lambda content, rng: _inserted(content, rng, b'"'),
    "a quote before it": lambda content, rng: b'"' + content,
    "many columns": _wide,
    "an entity": lambda content, rng: _inserted(
        content, rng, b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    ),
    "a formula": lambda content, rng: _inserted(content, rng, b"=cmd|'/c calc'!A0"),
    "noise": lambda content, rng: rng.randbytes(len(content)),
}


def harmed(content: bytes, how: str, rng: Random) -> bytes:
    """A file with one harm done to it: to its bytes, or to what is packed in it."""
    if content.startswith(b"PK\x03\x04") and rng.random() < 0.7:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inside = {name: archive.read(name) for name in archive.namelist()}
        name = max(inside, key=lambda n: len(inside[n]) * (rng.random() + 0.1))
        inside[name] = HARMS[how](inside[name], rng)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for one, data in inside.items():
                archive.writestr(one, data)
        return out.getvalue()
    return HARMS[how](content, rng)


@dataclass(frozen=True)
class Original:
    """The publisher's file of a dataset, and the home where it landed."""

    spec: Dataset
    path: Path
    home: Home


def originals(folder: Path) -> list[Original]:
    """Every dataset that is proven on one file of no more than ROWS rows, landed in a home of its own."""
    found = []
    for proof in sorted((ROOT / "tests" / "bewijs").glob("*.yaml")):
        told = yaml.safe_load(proof.read_text(encoding="utf-8"))
        files = [p for pattern in told["bestanden"] for p in sorted((SHARED / "data").glob(pattern))]
        if len(files) == 1 and told["rijen"] <= ROWS:
            spec = load_datasets()[proof.stem].model_copy(update={"voorbeeld": None})
            home = with_register(Home(folder / proof.stem))
            drop(spec, files, home)
            assert land(spec, home).state == "vers", proof.stem
            found.append(Original(spec, files[0], home))
    return found


def land(spec: Dataset, home: Home) -> Landed:
    """Take in what was handed over."""
    with home.lock():
        return land_dataset(landings(home, spec), spec.id, "voorbeeld", Settings(), lambda _: None)


def outcome(original: Original, content: bytes, work: Path) -> tuple[str, str]:
    """What became of a hostile file in a copy of the home, and what is wrong with that."""
    shutil.rmtree(work, ignore_errors=True)
    spec, home = original.spec, Home(linked(original.home.root, work / "home"))
    path = work / original.path.name
    path.write_bytes(content)
    delivery = drop(spec, [path], home)
    before = Landing(home, spec).state
    try:
        landed = land(spec, home)
    except Exception:  # noqa: BLE001 (it is what is looked for)
        return "traceback", traceback.format_exc()
    after = Landing(home, spec).state
    if after.processed.get(delivery.id) == "refused":
        return _of_a_refusal(spec, home, path, before.version, landed)
    if after.version == before.version:
        return "accepted, the same figures", ""
    read = sum(part.read for part in after.parts if part.raw_sha256 == delivery.files[0].sha256)
    try:
        return f"accepted, {after.processed[delivery.id]}", _unaccounted(original, path, work, read)
    except Exception as err:  # noqa: BLE001 (another reader that cannot read what was accepted is a finding too)
        return "accepted", f"pandas cannot read it: {err}"


def _of_a_refusal(spec: Dataset, home: Home, path: Path, version: str | None, landed: Landed) -> tuple[str, str]:
    wrong = []
    if len(landed.reason.splitlines()) != 1 or path.name not in landed.reason or "; " not in landed.reason:
        wrong.append(f"no sentence: {landed.reason!r}")
    if Landing(home, spec).state.version != version:
        wrong.append("the figures changed")
    with home.lock():
        taken_back = Landing(home, spec).withdraw()
    again = land(spec, home)
    if not taken_back or again.state != "ongewijzigd":
        wrong.append(f"stuck: {again}")
    kind = "refused, unexpected" if "unexpected: " in landed.reason else "refused"
    return kind, "; ".join(wrong)


def _unaccounted(original: Original, path: Path, work: Path, read: int) -> str:
    """What differs between the rows that were read, and those that pandas finds in the same file."""
    if not read:
        return ""  # all of it is held
    alone = Home(work / "alone")
    drop(original.spec, [path], alone)
    description = recomputed_raw.description(original.spec.id)
    found = 0
    for name, content in recomputed_raw._objects(alone.root, original.spec.id):
        form = original.spec.formats[0]
        if form.names or form.comment:  # which that reader does not know
            lines = content.decode(form.encodings[0]).splitlines(keepends=True)
            kept = dropwhile(lambda line, sign=form.comment: bool(sign) and line.startswith(sign), lines)
            rows = [row for row in csv.reader(kept, delimiter=form.delimiter) if row]
            found += len(rows) - (0 if form.names else form.header_rows)
        else:
            found += sum(len(table) for table, _ in recomputed_raw._tables(description, name, content))
    return "" if found == read else f"{read} rows were read, and pandas finds {found}"


def main() -> int:
    """Harm the originals in turn, and print what became of it; returns how many went wrong."""
    if not originals_are_here():
        return 0
    number, seed, first = (*map(int, sys.argv[1:]), *(400, SEED, 0)[len(sys.argv) - 1 :])
    rng, seen, wrong = Random(seed), Counter[str](), []
    with tempfile.TemporaryDirectory() as folder:
        found = originals(Path(folder))
        hows = list(HARMS)
        for case in range(number):
            original, how = found[case % len(found)], hows[(case + case // len(found)) % len(hows)]
            content = harmed(original.path.read_bytes(), how, rng)
            if case < first:
                continue
            kind, fault = outcome(original, content, Path(folder) / "work")
            seen[kind] += 1
            if fault or kind == "refused, unexpected":
                print(f"{case} {original.spec.id}, {how}: {kind}: {fault}", flush=True)
            wrong += [fault] if fault else []
            if case % 20 == 19:
                print(f"{case + 1} of {number}: {dict(seen.most_common())}, {len(wrong)} wrong", flush=True)
    print(f"{number - first} hostile files of {len(found)} datasets, seed {seed}: {dict(seen.most_common())}")
    print(f"wrong: {len(wrong)}")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
