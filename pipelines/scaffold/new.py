"""`obmi new`: from a sample file to a description, its checks and its subjects, all or none."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import duckdb
import yaml

from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import Dataset, Period, load_datasets
from pipelines.describe.themes import load_themes
from pipelines.ingest.read.errors import ParseError
from pipelines.scaffold import figures, landed, periods, places, roles, subjects
from pipelines.scaffold.check import check
from pipelines.scaffold.draft import Draft
from pipelines.scaffold.questions import Answers, NotDescribed, Show
from pipelines.scaffold.sample import look

CADENCES = get_args(Dataset.model_fields["cadans"].annotation)
KINDS = get_args(Period.model_fields["soort"].annotation)
DAYS = get_args(Period.model_fields["peildag"].annotation)
WIDTH = 116


def new(ident: str, file: Path, answers: Answers, to: Path, show: Show) -> list[Path]:
    """Describe a file as dataset `ident` under `to`; returns the files written. Raises NotDescribed, with nothing
    written."""
    targets = _targets(ident, to)
    if not file.is_file():
        raise NotDescribed(f"there is no file {file}; give a sample file with --from")
    with tempfile.TemporaryDirectory(prefix="obmi-new-") as folder:
        written = _describe(ident, file, Path(folder), to, answers)
        show(f"{answers.asked} questions asked")
        files = dict(zip(targets, written, strict=False))
        proof = Path(folder) / "proof"
        return _keep(ident, files, to, lambda root: check(root, ident, file, proof, answers))


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
        f"  .venv/bin/obmi drop {ident} {file}\n"
        "  make test\n"
        f"  a proof under tests/bewijs/{ident}.yaml on the real file makes its status bewezen"
    )


def _describe(ident: str, file: Path, tmp: Path, to: Path, answers: Answers) -> list[str]:
    """The texts of the three files, or of two where the catalogue has every subject. Raises NotDescribed; open
    questions come before what their stand-ins may have caused."""
    try:
        sample = look(file, file.name, tmp / "look", answers)
        con, draft = sample.con, Draft(ident, sample.form, answers.mapping("namen"))
        if strange := sorted(set(draft.own_names) - set(sample.header)):
            raise NotDescribed(f"{file.name} has no column {', '.join(strange)}; correct the answer namen")
        figures.signs(sample, answers)
        found = periods.find(sample, draft, answers)
        area = places.find(sample, draft, found, answers)
        files = subjects.themes(to)
        roles.find(sample, draft, found, area, subjects.kinds(files), answers)
        landed.land(con, draft.stand_in({"gewesten": list(landed.REGIONS)}), file, tmp / "land")
        landed.coverage(con, draft, answers)
        landed.bounds(con, draft, answers)
        landed.dimensions(con, draft, answers)
        _about(draft, to, answers)
        codes = subjects.subjects(con, draft, answers)
        wanted = subjects.catalogue(con, draft, files, codes, answers)
    except (NotDescribed, ParseError, ValueError, duckdb.Error) as err:
        if answers.is_open:
            answers.settle()
        if isinstance(err, NotDescribed):
            raise
        said = " ".join(str(err).split())[:400]
        raise NotDescribed(f"the guesses do not fit the file, {said}; overrule what is wrong with --answers") from err
    answers.settle()
    texts = [_text(draft.data(), None), _text({"checks": subjects.expectations(con, draft, codes)}, False)]
    con.close()
    return [*texts, _text(wanted, False)] if wanted else texts


def _text(data: dict[str, Any], flow: bool | None) -> str:
    """YAML, with the innermost mappings and lists within brackets where `flow` is None."""
    return yaml.safe_dump(data, default_flow_style=flow, sort_keys=False, allow_unicode=True, width=WIDTH)


def _about(draft: Draft, to: Path, answers: Answers) -> None:
    """Who publishes it, when, and what its period means: taken over from the publisher's other specs, or asked."""
    publisher = draft.ident.split("_", 1)[0]
    others = list({**load_datasets(ROOT, publisher), **load_datasets(to, publisher)}.values())

    def taken(key: str, question: str) -> str:
        said = Counter(getattr(s, key) for s in others).most_common(1)
        guess = said[0][0] if said and said[0][1] * 2 > len(others) else None
        why = f"as in {said[0][1]} of the {len(others)} other datasets of this publisher" if said else ""
        return answers.ask(key, question, guess=guess, why=why)

    title = answers.ask("titel", "title of the dataset")
    name = taken("uitgever", "publisher, as it names itself")
    draft.meta = {
        "titel": title,
        "uitgever": name,
        "licentie": taken("licentie", "licence, as the publisher states it"),
        "bronvermelding": answers.given("bronvermelding") or f"{name}, {title}",
        "pagina": taken("pagina", "page on which the publisher gives it (https://)"),
        "thema": answers.ask("thema", "policy theme", [*load_themes()]),
        "cadans": answers.ask("cadans", "how often the publisher has news", CADENCES),
    }
    if draft.meta["pagina"] and not draft.meta["pagina"].startswith("https://"):
        raise NotDescribed(f"the answer '{draft.meta['pagina']}' to pagina is no https:// address; correct it")
    draft.periode = {
        "soort": answers.ask("soort", "counted at a moment, over a period, from a fixed day on, or a mean", KINDS),
        "referentie": answers.ask("referentie", "the publisher's reference date or period, such as 1 januari"),
        "label": answers.given("label") or "Het jaar dat de uitgever vermeldt.",
    }
    if draft.periode["soort"] == "cumulatief":  # many times what it is in this file is news
        for name in draft.measures:
            del draft.columns[name]["max"]
        answers.say("bereik", f"{', '.join(draft.measures)}: no upper bound after all, for it is counted from a day on")
    if draft.periode["soort"] == "stand":
        question = "the day that a year stands for; a stock of 31 December is shown as the next year"
        draft.periode["peildag"] = answers.ask("peildag", question, DAYS)


def _keep(ident: str, texts: dict[Path, str], to: Path, proof: Callable[[Path], None]) -> list[Path]:
    """Write beside the place, prove it there, and link the files in: all of them, and never over another."""
    to.mkdir(parents=True, exist_ok=True)
    done: list[Path] = []
    with tempfile.TemporaryDirectory(prefix=".obmi-new-", dir=to) as folder:
        for target, text in texts.items():
            place = Path(folder) / target
            place.parent.mkdir(parents=True)
            place.write_text(text, encoding="utf-8")
        proof(Path(folder))
        try:
            for target in texts:
                (to / target).parent.mkdir(parents=True, exist_ok=True)
                os.link(Path(folder) / target, to / target)
                done.append(target)
        except OSError as err:
            for target in done:
                (to / target).unlink()
            raise NotDescribed(f"{ident} cannot be written under {to} ({err.strerror}); nothing is kept") from err
    return done
