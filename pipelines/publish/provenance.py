"""What a release tells about its sources and checks: the rows of mart.bron and mart.kwaliteit."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pipelines.describe.processing import of_open_data
from pipelines.landing.areas import municipal_levels_of
from pipelines.landing.held import held_level
from pipelines.landing.landings import Landings


def source_rows(landings: Landings) -> list[dict[str, Any]]:
    """mart.bron: one row per dataset."""
    rows = []
    for landing in landings.values():
        spec, state = landing.spec, landing.state
        status, why = landing.freshness
        named = spec.model_dump(include={"titel", "uitgever", "licentie", "bronvermelding", "pagina", "cadans"})
        row = {**named, "bron": spec.id, "status": status, "toelichting": why or None}
        if state.version:
            parts = sorted(state.parts, key=lambda p: (p.years, p.file))
            row |= {
                "bronversie": state.version,
                "aanvaard_op": state.accepted_at,
                "bestanden": ", ".join(dict.fromkeys(p.file for p in parts)),
                "sha256": ", ".join(dict.fromkeys(p.raw_sha256 for p in parts)),
                "rijen": sum(p.rows for p in parts),
                "oudste_jaar": min(min(p.years) for p in parts),
                "jongste_jaar": max(max(p.years) for p in parts),
            }
        rows.append(row)
    return rows


def processing_rows(landings: Landings, city: str | None = None) -> list[dict[str, Any]]:
    """mart.verwerking: one row per dataset, that a `city` alone may see or that everybody may."""
    specs = [landing.spec for landing in landings.values()]
    said = [(spec.verwerking or of_open_data(spec.uitgever)).model_dump() for spec in specs]
    return [{"bron": s.id, "titel": s.titel, "stad": city, **told} for s, told in zip(specs, said, strict=True)]


def described_rows(landings: Landings) -> list[dict[str, Any]]:
    """Every described dataset: how it comes, under which licence, the version accepted here, and what proves it."""
    return [
        {
            "dataset": spec.id,
            "uitgever": spec.uitgever,
            "protocol": spec.protocol,
            "formaat": ", ".join(dict.fromkeys(f.kind for f in spec.formats)),
            "licentie": spec.licentie,
            "cadans": spec.cadans,
            "status": spec.status,
            "versie": landing.state.version,
            "bewezen_op": spec.bewezen_op,
        }
        for landing in landings.values()
        for spec in [landing.spec]
    ]


def quality_rows(landings: Landings, audits: dict[str, list[str]]) -> list[dict[str, Any]]:
    """mart.kwaliteit: the checks of each accepted delivery, the audits of the build, and what is held."""
    rows: list[dict[str, Any]] = []
    municipal = municipal_levels_of(landings.home) if any(x.state.held for x in landings.values()) else {}
    for landing in landings.values():
        spec, state = landing.spec, landing.state
        rows += [
            {**asdict(c), "boodschap": "; ".join(c.besluiten) or None, "punt": "levering", "bron": spec.id}
            for c in state.checks
        ]
        rows += [
            {
                "punt": "vastgehouden",
                "bron": spec.id,
                "controle": h.controle,
                "ernst": "blokkerend",
                "uitslag": "gefaald",
                "gebiedsniveau": held_level(spec, h.gebiedsniveau, municipal),
                "gebied": h.eenheid,
                "jaar": h.jaar + spec.periode.later(),
                "reeks": ", ".join(f"{name} {value}" for name, value in h.reeks.items()) or None,
                "omschrijving": h.omschrijving,
                "boodschap": "het laatste aanvaarde cijfer blijft" if h.had_value else "er is nog geen cijfer",
            }
            for h in state.held
        ]
    rows += [
        {"punt": "bouw", "bron": model, "controle": audit, "ernst": "blokkerend", "uitslag": "geslaagd"}
        for model, names in sorted(audits.items())
        for audit in names
    ]
    return rows
