"""`obmi new`: from a sample file to a description, its checks and its subjects, all or none."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import yaml

from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import load_datasets
from pipelines.ingest.read.errors import ParseError
from pipelines.scaffold import columns, figures, landed, periods, places, subjects
from pipelines.scaffold.draft import Draft
from pipelines.scaffold.questions import Answers, NotDescribed, Show
from pipelines.scaffold.sample import look

WIDTH = 116


def new(ident: str, file: Path, answers: Answers, to: Path, show: Show) -> list[Path]:
    """Describe a file as dataset `ident` under `to`; returns the files written. Raises NotDescribed, with nothing
    written."""
    targets = _targets(ident, to)
    if not file.is_file():
        raise NotDescribed(f"there is no file {file}; give a sample file with --from")
    to.mkdir(parents=True, exist_ok=True)
    # Beside the place where they are kept, so that they can be linked in.
    with tempfile.TemporaryDirectory(prefix=".obmi-new-", dir=to) as folder:
        written = _describe(ident, file, Path(folder), to, answers)
        show(f"{answers.asked} questions asked")
        beside = Path(folder) / "beside"
        for target, text in zip(targets, written, strict=False):
            (beside / target).parent.mkdir(parents=True)
            (beside / target).write_text(text, encoding="utf-8")
        landed.check(beside, ident, file, Path(folder) / "proof", answers)
        return _keep(ident, beside, targets[: len(written)], to)


def _targets(ident: str, to: Path) -> list[Path]:
    publisher, _, dataset = ident.partition("_")
    plain = ident.isascii() and ident == ident.lower() and ident.replace("_", "").isalnum()
    if not (plain and publisher and dataset):
        raise NotDescribed(f"'{ident}' is no name of a dataset; write <uitgever>_<dataset> in lower case")
    targets = [
        Path("sources") / publisher / f"{dataset}.yaml",
        Path("expectations") / f"{ident}.yaml",
        Path("models") / "indicatoren" / f"{ident}.yaml",
    ]
    if there := [str(t) for t in targets if (to / t).exists()]:
        raise NotDescribed(
            f"{' and '.join(there)} exists and is never overwritten; choose another name, or remove it first"
        )
    return targets


def outcome(ident: str, file: Path, to: Path, written: list[Path]) -> str:
    """What was written, and what is left to do."""
    listed = "\n".join(f"  {to / path}" for path in written)
    return (
        f"\nWritten:\n{listed}\nNext:\n"
        f"  read the files: what stands in {written[0]} is guessed from one file\n"
        "  a subject with in_voorbereiding is shown once that line is out\n"
        f"  .venv/bin/obmi {f'--eigen {to.name} ' if to.parent.name == 'eigen' else ''}drop {ident} {file}\n"
        "  make test\n"
        f"  a proof under tests/bewijs/{ident}.yaml on the real file makes its status bewezen"
    )


def _describe(ident: str, file: Path, tmp: Path, to: Path, answers: Answers) -> list[str]:
    """The texts of the three files, or of two where the catalogue has every subject. Raises NotDescribed; open
    questions come before what their stand-ins may have caused."""
    try:
        sample = look(file, tmp, answers)
        con, draft, topics = sample.con, Draft(ident, sample.form, answers), subjects.catalogue_of(to)
        figures.signs(sample, answers)
        places.find(sample, draft, periods.find(sample, draft))
        columns.find(sample, draft, subjects.kinds(topics))
        _about(draft, to)
        landed.land(con, draft.spec(), file, tmp / "land")
        landed.coverage(con, draft)
        landed.bounds(con, draft)
        landed.dimensions(con, draft)
        codes = subjects.subjects(con, draft)
        wanted = subjects.catalogue(con, draft, topics, codes)
        answers.settle()
        texts = [_text(draft.data(), None), _text({"checks": subjects.expectations(con, draft, codes)}, False)]
        con.close()
    except (NotDescribed, ParseError, ValueError, duckdb.Error) as err:
        if answers.is_open:
            answers.settle()
        if isinstance(err, NotDescribed):
            raise
        said = " ".join(str(err).split())[:400]
        raise NotDescribed(f"the guesses do not fit the file, {said}; overrule what is wrong with --answers") from err
    return [*texts, _text(wanted, False)] if wanted else texts


def _text(data: dict[str, Any], flow: bool | None) -> str:
    """YAML, with the innermost mappings and lists within brackets where `flow` is None."""
    return yaml.safe_dump(data, default_flow_style=flow, sort_keys=False, allow_unicode=True, width=WIDTH)


def _about(draft: Draft, to: Path) -> None:
    """Who publishes it, when, and what its period means: taken over from the publisher's other specs, or asked."""
    answers, publisher = draft.answers, draft.ident.split("_", 1)[0]
    others = list({**load_datasets(ROOT, publisher), **load_datasets(to, publisher)}.values())

    def taken(key: str) -> str:
        said = Counter(getattr(s, key) for s in others).most_common(1)
        guess = said[0][0] if said and said[0][1] * 2 > len(others) else None
        why = f"as in {said[0][1]} of the {len(others)} other datasets of this publisher" if said else ""
        return answers.ask(key, guess=guess, why=why)

    title, name = answers.ask("titel"), taken("uitgever")
    draft.meta = {
        "titel": title,
        "uitgever": name,
        "licentie": taken("licentie"),
        "bronvermelding": answers.given("bronvermelding") or f"{name}, {title}",
        "pagina": taken("pagina"),
        "thema": answers.ask("thema"),
        "cadans": answers.ask("cadans"),
    }
    if draft.meta["pagina"] and not draft.meta["pagina"].startswith("https://"):
        raise NotDescribed(f"the answer '{draft.meta['pagina']}' to pagina is no https:// address; correct it")
    label = answers.given("label") or "Het jaar dat de uitgever vermeldt."
    periode = {"soort": answers.ask("soort"), "referentie": answers.ask("referentie"), "label": label}
    draft.meta["periode"] = periode | ({"peildag": answers.ask("peildag")} if periode["soort"] == "stand" else {})


def _keep(ident: str, beside: Path, targets: list[Path], to: Path) -> list[Path]:
    """Link the files in: all of them, and never over another."""
    done: list[Path] = []
    try:
        for target in targets:
            (to / target).parent.mkdir(parents=True, exist_ok=True)
            os.link(beside / target, to / target)
            done.append(target)
    except OSError as err:
        for target in done:
            (to / target).unlink()
        raise NotDescribed(f"{ident} cannot be written under {to} ({err.strerror}); nothing is kept") from err
    return done
