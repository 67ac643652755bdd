"""What an entry of the catalogue leaves out, because it follows from its description, its file or its dataset."""

from __future__ import annotations

import re
from typing import Any

from pipelines.describe.levels import versions
from pipelines.describe.specfile import SpecError
from pipelines.describe.specs import Dataset

OF_A_SOURCE = ("bron", "maat", "waar", "gewicht", "publicatieniveaus", "periodiciteit", "interval")
KINDS = {"aantal": "plat", "promille": "ratio"}  # what a description begins with → soort; the others are the same
RULES = {"teller": "ratio", "termen": "afgeleid", "gewicht": "gewogen", "klassen": "gestandaardiseerd"}  # key → rule


def as_list(value: Any) -> Any:
    """One value where a list may stand."""
    return value if isinstance(value, list | dict) else [value]


def filled(standard: dict[str, Any], entry: Any, datasets: dict[str, Dataset]) -> Any:
    """An entry with what its file says for all, and what follows from what it is."""
    if not isinstance(entry, dict):
        raise SpecError(f"models/indicatoren: '{entry}' is no subject; write its keys below its code")
    computed = bool({"teller", "termen", "klassen"} & set(entry))
    derived = computed or ("in_voorbereiding" in entry and "maat" not in entry)
    kept = {k: v for k, v in standard.items() if not (derived and k in OF_A_SOURCE)}
    if computed:
        kept.pop("periodesoort", None)
    whole = {**kept, **entry}
    said = re.match(r"\[(\w+)\]", str(whole.get("omschrijving", "")))
    kind = said[1] if said else "aantal"
    rule = "som" if kind in ("aantal", "kubus") else "geen"
    for key, value in RULES.items():
        rule = value if key in whole else rule
    if kind == "kubus" and "interval" not in entry:
        whole.pop("interval", None)
    whole.setdefault("soort", KINDS.get(kind, kind))
    whole.setdefault("aggregatie", rule)
    whole.setdefault("afronding", 0 if rule in ("som", "afgeleid", "punten") else 1)
    if rule == "gewogen":
        whole.setdefault("factor", 1)
    source = as_list(whole["bron"])[0] if whole.get("bron") else None
    spec = datasets.get(source)
    if source and spec is None:
        raise SpecError(f"models/indicatoren names '{source}', which is no dataset; choose from {', '.join(datasets)}")
    whole.setdefault("publicatieniveaus", _levels(spec) if spec else [])
    if spec:
        whole.setdefault("periodesoort", spec.periode.soort)
    return whole


def _levels(spec: Dataset) -> list[str]:
    """The levels that a dataset publishes, as far as its description says."""
    if spec.gebied.niveau == "jaar":
        return [v.gebiedsniveau for v in versions()]
    if spec.gebied.punten:
        return ["gemeente"]
    return [] if spec.gebied.niveau in ("kolom", "punt") else [spec.gebied.niveau]
