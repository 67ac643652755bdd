"""`obmi new`: from a sample file to a description, its checks and its subjects, all or none."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import Dataset, Period, load_datasets
from pipelines.describe.themes import load_themes
from pipelines.scaffold import entries, expect, landed, numbers, periods, places, roles, write
from pipelines.scaffold.check import check
from pipelines.scaffold.draft import Draft
from pipelines.scaffold.look import look
from pipelines.scaffold.questions import Answers
from pipelines.scaffold.sample import NotDescribed, Say
from pipelines.scaffold.subjects import subjects

CADENCES = get_args(Dataset.model_fields["cadans"].annotation)
KINDS = get_args(Period.model_fields["soort"].annotation)


def new(ident: str, file: Path, answers_file: Path | None, to: Path, show: Callable[[str], None]) -> list[Path]:
    """Describe a file as dataset `ident` under `to`; returns the files written. Raises NotDescribed, with nothing
    written."""

    def say(what: str, why: str) -> None:
        show(f"  {what:<12} {why}")

    targets = _targets(ident, to)
    if not file.is_file():
        raise NotDescribed(f"there is no file {file}; give a sample file with --from")
    answers = Answers.load(answers_file)
    with tempfile.TemporaryDirectory(prefix="obmi-new-") as folder:
        tmp = Path(folder)
        draft, wanted, checks = _describe(ident, file, tmp, to, answers, say)
        show(f"{len(answers.asked)} questions asked")
        texts = [write.spec_text(draft), write.checks_text(checks)]
        texts += [write.entries_text(wanted)] if wanted else []
        files = dict(zip(targets, texts, strict=False))
        return _keep(ident, files, to, lambda root: check(root, ident, file, file.name, tmp / "c", say))


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
    publisher, dataset = ident.split("_", 1)
    return "\n".join(
        [
            "\nWritten:",
            *(f"  {to / path}" for path in written),
            "\nNext:",
            f"  read the files: what stands in sources/{publisher}/{dataset}.yaml is guessed from one file",
            "  a subject with in_voorbereiding is shown once that line is out",
            f"  .venv/bin/obmi drop {ident} {file}",
            "  make test",
            f"  a proof under tests/bewijs/{ident}.yaml on the real file makes its status bewezen",
        ]
    )


def _describe(
    ident: str, file: Path, tmp: Path, to: Path, answers: Answers, say: Say
) -> tuple[Draft, dict[str, Any] | None, list[dict[str, Any]]]:
    sample = look(file, file.name, tmp, answers, say)
    con = sample.con
    try:
        draft = Draft(ident, sample.form, given_names=answers.overruled("namen", {}))
        numbers.signs(sample, sample.header, answers, say)
        found = periods.find(sample, draft, answers, say)
        where = places.find(sample, draft, found, answers, say)
        roles.find(sample, draft, found, where, answers, say)
        _ordered(draft)
        landed.first(con, draft, file, file.name, tmp / "a", answers)
        landed.coverage(con, draft, answers, say)
        landed.bounds(con, draft, say)
        landed.dimensions(con, draft, answers, say)
        _about(draft, found.years, to, answers, say)
        wanted = subjects(con, draft, answers, say)
        catalogue = entries.catalogue(con, draft, wanted, to, answers, say)
        answers.settle()
        return draft, catalogue, expect.checks(con, draft, wanted, say)
    finally:
        con.close()


def _ordered(draft: Draft) -> None:
    """Period and area first, then dimensions, then figures."""
    first = ["jaar", "maand", "kwartaal", "gebiedsniveau", "gemeente", "gebied", "onderwerp", *draft.dimensions]
    names = [n for n in first if n in draft.columns] + [n for n in draft.columns if n not in first]
    draft.columns = {n: draft.columns[n] for n in names}
    draft.names = dict(sorted(draft.names.items(), key=lambda pair: names.index(pair[1][0])))


def _about(draft: Draft, years: list[int], to: Path, answers: Answers, say: Say) -> None:
    """Who publishes it, when, and what its period means: taken over from the publisher's other specs, or asked."""
    publisher = draft.ident.split("_", 1)[0]
    every = load_datasets(ROOT, publisher) | (load_datasets(to, publisher) if to != ROOT else {})
    others = list(every.values())
    meta: dict[str, Any] = {"titel": answers.need("titel", "title of the dataset")}
    meta["uitgever"] = _taken(others, "uitgever", "publisher, as it names itself", answers, say)
    meta["licentie"] = _taken(others, "licentie", "licence, as the publisher states it", answers, say)
    meta["bronvermelding"] = answers.overruled("bronvermelding", f"{meta['uitgever']}, {meta['titel']}")
    meta["pagina"] = _taken(others, "pagina", "page on which the publisher gives it (https://)", answers, say)
    if meta["pagina"] and not str(meta["pagina"]).startswith("https://"):
        raise NotDescribed(f"the answer '{meta['pagina']}' to pagina is no https:// address; correct it")
    meta["thema"] = answers.need("thema", "policy theme", [*load_themes()])
    meta["cadans"] = _cadence(draft, years, answers, say)
    draft.meta = meta
    draft.periode = {
        "soort": answers.need("soort", "is it counted at a moment, over a period, or a mean of one", KINDS),
        "referentie": answers.need("referentie", "the publisher's reference date or period, such as 1 januari"),
        "label": answers.overruled("label", "Het jaar dat de uitgever vermeldt."),
    }


def _taken(others: list[Dataset], key: str, question: str, answers: Answers, say: Say) -> str:
    """What more than half of the publisher's other specs say; a question where they differ or there are none."""
    said = Counter(getattr(s, key) for s in others).most_common(1)
    if not said or said[0][1] * 2 <= len(others):
        return answers.need(key, question)
    value, times = said[0]
    if answers.is_given(key):
        return str(answers.overruled(key, value))
    say(key, f"{value}: as in {times} of the {len(others)} other datasets of this publisher")
    return value


def _cadence(draft: Draft, years: list[int], answers: Answers, say: Say) -> str:
    named = {"maand": "maandelijks", "kwartaal": "driemaandelijks"}
    value = next((c for part, c in named.items() if part in draft.key), None)
    if value is None and len(years) >= 3 and years == list(range(years[0], years[-1] + 1)):
        value = "jaarlijks"
    if value is None:
        return answers.need("cadans", "how often the publisher has news", CADENCES)
    value = answers.overruled("cadans", value, CADENCES)
    say("cadans", f"{value}: the periods follow each other so")
    return value


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
