"""Why figures are otherwise than in an earlier release: what of all that a subject follows from is otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.describe.catalogue import Topic
from pipelines.describe.specfile import digest_of
from pipelines.home import Home
from pipelines.publish.recorded import DefinedAs, Recorded
from pipelines.transform.inputs import sources

# What of a subject no figure follows from: its texts, who keeps it, and how it is shown.
APART = {"thema", "naam", "naam_en", "synoniemen", "hulp", "deel_van", "omschrijving", "voetnoot", "uploader"}
APART |= {"controleur", "polariteit", "buurgewicht", "opvolger", "breuk", "eenheid", "afronding", "interval"}
AREAS = ("gebied", "gebied_relatie", "gebiedsniveau")
UNKNOWN, OURS, HIDDEN = "onbekend", "eigen fout", "geheimhouding"
# also where it is a part of the figure that is hidden
OURS_TO_HIDE = "COALESCE({0}.status = 'verborgen' AND {0}.reden LIKE '%verborgen: kleiner dan %', FALSE)"
# Of an old row o and a new row n: whether one of both is hidden by us, and the other is not.
HIDDEN_BY_US = f"{OURS_TO_HIDE.format('o')} <> {OURS_TO_HIDE.format('n')}"


def defined_as(topics: Mapping[str, Topic]) -> dict[str, DefinedAs]:
    """Per subject what tells its definition from another, that of its parts in it, and the datasets it comes from."""
    own = {code: digest_of(topic.model_dump(mode="json", exclude=APART)) for code, topic in topics.items()}

    def whole(code: str) -> list[str]:
        return [own[code], *(mark for part in topics[code].parts for mark in whole(part))]

    return {code: DefinedAs(digest_of(whole(code)), sources(topic, dict(topics))) for code, topic in topics.items()}


def causes(home: Home, before: Recorded | None, after: Recorded) -> dict[str, str]:
    """Per subject, of either release, what of it is otherwise: uitgever, correctie, definitie and grondgebied, or all
    of them that hold. Where none of those is, the figures can only be otherwise by our own code or models: `eigen
    fout`. Of a release of which nothing was written down nobody can tell: `onbekend`. Raises Damaged."""
    if before is None:
        return {}
    old, new = before.defined(home), after.defined(home)
    data = _of_datasets(home, before, after)
    areas = any(before.versions.get(name) != after.versions.get(name) for name in AREAS)
    else_why = OURS if _other_code(home, before, after) else UNKNOWN
    found = {}
    for code in old.keys() | new.keys():
        named = {source for side in (old, new) if code in side for source in side[code].sources}
        why = [cause for cause in ("uitgever", "correctie") if any(cause in data.get(source, ()) for source in named)]
        reads_otherwise = any("definitie" in data.get(source, ()) for source in named)
        if reads_otherwise or code not in old or code not in new or old[code].mark != new[code].mark:
            why.append("definitie")
        why += ["grondgebied"] if areas else []
        found[code] = ", ".join(why) or else_why
    return found


def _of_datasets(home: Home, before: Recorded, after: Recorded) -> dict[str, set[str]]:
    """Per dataset of which something else is accepted, why: other bytes of the publisher or other parts of them that
    are let through, another correction, or another description by which they are read."""
    old, new = before.then(home), after.then(home)
    found: dict[str, set[str]] = {}
    for name in old.keys() | new.keys():
        one, other = old.get(name), new.get(name)
        if one is None or other is None:
            found[name] = {"uitgever"}
            continue
        if one.state.version == other.state.version and _held(one.state) == _held(other.state):
            continue
        why = {"correctie"} if one.corrections != other.corrections else set()
        why |= {"definitie"} if one.state.description != other.state.description else set()
        raw = [{part.raw_sha256 for part in then.state.parts} for then in (one, other)]
        found[name] = why | ({"uitgever"} if raw[0] != raw[1] or not why else set())
    return found


def _held(state: Any) -> set[Any]:
    return {part.key for part in state.held}


def _other_code(home: Home, before: Recorded, after: Recorded) -> bool:
    """Whether the code or a model is another one."""
    models = [{n: s for n, s in r.described(home).items() if n.endswith(".sql")} for r in (before, after)]
    return before.facts["code"] != after.facts["code"] or models[0] != models[1]
