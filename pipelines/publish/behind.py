"""What every subject of a year comes from, for who asks in SQL: mart.herkomst. `obmi herkomst` tells it of a figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.describe.catalogue import LAST_YEAR, Topic
from pipelines.landing.landings import Landing, Landings
from pipelines.publish.recorded import DefinedAs

PASSED = ("geslaagd", "aanvaard", "nvt")


def origin_rows(
    landings: Landings, topics: Mapping[str, Topic], defined: Mapping[str, DefinedAs]
) -> list[dict[str, Any]]:
    """One row per subject, dataset, year as it is shown and file of the publisher that holds something of that year."""
    files = {name: _files(landing) for name, landing in landings.items()}
    return [
        {"onderwerp": code, "definitie": subject.mark[:12], "bron": source, "jaar": year + later, **told}
        for code, subject in sorted(defined.items())
        for source, later in sorted(_read(topics[code], topics, landings))
        for year, told in files[source]
    ]


def _read(topic: Topic, topics: Mapping[str, Topic], landings: Landings) -> set[tuple[str, int]]:
    """The datasets that a subject comes from, each with how many years later than theirs its figures are shown."""
    if not topic.parts:
        return {(i, landings[i].spec.periode.later(topic.periodesoort)) for i in topic.bron if i in landings}
    earlier = {term.removesuffix(LAST_YEAR) for term in topic.termen if term.endswith(LAST_YEAR)}
    found = {part: _read(topics[part], topics, landings) for part in topic.parts}
    same = {read for part, own in found.items() for read in own}
    return same | {(source, later + 1) for part in earlier for source, later in found[part]}


def _files(landing: Landing) -> list[tuple[int, dict[str, Any]]]:
    """Every accepted file of a dataset, by year: which bytes, how and when they came, and what judged them."""
    state, spec = landing.state, landing.spec
    came = {file.sha256: (delivery, file) for delivery in landing.deliveries for file in delivery.files}
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for part in state.parts:
        for sha256 in part.raw_sha256.split(", "):
            delivery, file = came.get(sha256, (None, None))
            told = {
                "bestand": file.name if file else part.file,
                "sha256": sha256,
                "via": delivery and delivery.via,
                "adres": file.origin.get("url") if file else None,
                "ontvangen_op": delivery and delivery.arrived.removesuffix("+00:00"),
                "bronversie": state.version,
                "beschrijving": (state.rules or spec.rules)[:12],
                "controles": len(state.checks),
                "geslaagd": sum(check.uitslag in PASSED for check in state.checks),
                "correcties": len(spec.corrections),
            }
            found |= {(year, sha256): told for year in part.years}
    return [(year, told) for (year, _), told in sorted(found.items())]
