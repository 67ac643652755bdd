"""The indicator catalogue and the cities: what is shown, and for whom."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from pipelines.specfile import ROOT, Spec, SpecError, build, line_of, load_yaml, name_of

TYPES = ("aantal", "percentage", "promille", "ratio", "mediaan", "gemiddelde")


class Topic(Spec):
    """One subject of the catalogue (onderwerp), with the metadata that a city needs to defend it."""

    onderwerp: str = Field(max_length=46, pattern=r"^(v|vp|vg|vs|kubus)\d{4}_[a-z0-9_]+$")
    thema: str
    naam: str
    naam_en: str
    omschrijving: str
    soort: Literal["plat", "ratio", "percentage", "gemiddelde", "mediaan"]
    aggregatie: Literal["som", "ratio", "geen"]
    teller: str | None = None
    noemer: str | None = None
    factor: float | None = None
    eenheid: str
    afronding: int
    periodesoort: Literal["stand", "lopend"]
    periodiciteit: list[Literal["jaar", "maand"]]
    bron: list[str]
    polariteit: Literal["hoger", "lager", "geen"]
    publicatieniveaus: list[str]
    interval: str
    uploader: str
    controleur: str
    voetnoot: str | None = None

    @model_validator(mode="after")
    def _rules(self) -> Topic:
        parts = (self.teller, self.noemer, self.factor)
        if self.aggregatie == "ratio" and None in parts:
            raise ValueError("a ratio needs teller, noemer and factor")
        if self.aggregatie != "ratio" and any(p is not None for p in parts):
            raise ValueError("only a ratio has teller, noemer and factor")
        if not re.match(rf"\[({'|'.join(TYPES)})\] ", self.omschrijving):
            raise ValueError(f"omschrijving must start with one of [{'], ['.join(TYPES)}]")
        if self.omschrijving.startswith("[percentage]") and "(t.o.v." not in self.omschrijving:
            raise ValueError("the omschrijving of a percentage says '(t.o.v. …)'")
        if self.naam != self.naam[:1].lower() + self.naam[1:]:
            raise ValueError("naam is written in lower case")
        if self.uploader == self.controleur:
            raise ValueError("uploader and controleur are never the same")
        return self


class City(Spec):
    """One of our cities, or the VGC, with the municipalities of today that it is made of."""

    stad: str
    naam: str
    nis_code: str | None
    gemeenten: list[str]


def load_topics(root: Path = ROOT) -> dict[str, Topic]:
    """The indicator catalogue: every subject of models/indicatoren/*.yaml by code."""
    topics: dict[str, Topic] = {}
    names: dict[str, str] = {}
    for path in sorted(root.glob("models/indicatoren/*.yaml")):
        content = load_yaml(path)
        for code, entry in content["onderwerpen"].items():
            topic = build(Topic, path, code, onderwerp=code, thema=content["thema"], **entry)
            if code in topics or topic.naam in names:
                raise SpecError(f"{name_of(path)}{line_of(path, code)}: {code} or its naam is used twice; rename it")
            topics[code], names[topic.naam] = topic, code
    for code, topic in topics.items():
        for part in (topic.teller, topic.noemer):
            if part is not None and part not in topics:
                raise SpecError(f"{code}: '{part}' is not a subject of the catalogue; add it first")
    return topics


def load_cities(root: Path = ROOT) -> list[City]:
    """The thirteen centrumsteden and the VGC."""
    path = root / "sources" / "steden.yaml"
    return [build(City, path, entry.get("stad", "?"), **entry) for entry in load_yaml(path)]
