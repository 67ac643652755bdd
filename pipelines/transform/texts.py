"""The rendered models, kept per model by the hash of its text, so that a refresh needs SQLMesh only for what is new.

`python -m pipelines.transform.texts` renders those of the built-in figures into the checkout, as `make` does once after
every change of them: a first refresh of any home then finds them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipelines.describe.catalogue import Topic, load_topics
from pipelines.describe.meanings import meanings
from pipelines.describe.specfile import ROOT, digest_of
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.home import Home, Problem, file_sha256, read_or_set_aside, write_json
from pipelines.transform.compile import compiled_models, cubes_of, dimensions
from pipelines.transform.waiting import arrived

CODE = Path(__file__).parent
TABLES = ("gebied", "gebied_relatie", "gebiedsniveau", "stad")
LISTS = ("onderwerp", "herkomst", "term", "klasse", "publicatie", "verwacht", "landing", "vastgehouden")
KEPT, AHEAD = "texts.json", Path(".cache") / "texts.json"  # in a home, and in the checkout
GROUP = "groep"  # bron.groep is the one dataset of a group


@dataclass(frozen=True)
class Text:
    """A model as it runs: a table or a view, and what must hold of it."""

    view: bool
    query: str
    reads: list[str]
    columns: list[list[str]]  # pairs of name and type: JSON keeps the order of a list alone
    audits: list[dict[str, Any]]
    comments: dict[str, Any]


def model_texts(topics: dict[str, Topic], datasets: dict[str, Dataset], root: Path = ROOT) -> dict[str, str]:
    """The text of every model by name: those that follow from the catalogue, and those of models/."""
    paths = sorted((root / "models").rglob("*.sql"))
    written = {f"{p.parent.name}.{p.stem}": p.read_text(encoding="utf-8") for p in paths}
    return compiled_models(topics, datasets, {i: f"landing.{i}" for i in datasets}, root) | written


def taking_part(versions: dict[str, str | None], topics: dict[str, Topic], lent: Iterable[str] = ()) -> list[str]:
    """The datasets that a build has models of, by the accepted version of each: those that are here, `lent` ones, and
    those of all cubes, for mart.kubus has the same columns in every home."""
    here = {source for source, version in versions.items() if version}
    cubed = {source for topic in topics.values() if topic.soort == "kubus" for source in topic.bron}
    return sorted({*lent} | here | cubed)


def variables(topics: dict[str, Topic], datasets: dict[str, Dataset]) -> dict[str, Any]:
    """What the models ask for by @VAR: the dimensions of all cubes, and every input by the name of its table."""
    named = {name: f"invoer.{name}" for name in (*TABLES, *LISTS)}
    return {"datasets": [GROUP], "dimensies": [*dimensions(cubes_of(topics, datasets), datasets)], **named}


def load_texts(
    home: Home, topics: dict[str, Topic], datasets: dict[str, Dataset], root: Path = ROOT
) -> dict[str, Text]:
    """Every model by name, those that are kept from last time, or in the checkout, as they are."""
    around = [home.around.build / KEPT] if home.around else []
    return _load([home.build / KEPT, *around, root / AHEAD], topics, datasets, root)


def render_ahead(root: Path = ROOT) -> None:
    """Render the models of the built-in figures into the checkout."""
    datasets = load_datasets()
    here = {name: "here" for name, spec in datasets.items() if spec.voorbeeld}
    topics = arrived(load_topics(datasets=datasets), {*here})
    (root / AHEAD).parent.mkdir(exist_ok=True)
    _load([root / AHEAD], topics, {name: datasets[name] for name in taking_part(here, topics)}, root)


def _load(places: list[Path], topics: dict[str, Topic], datasets: dict[str, Dataset], root: Path) -> dict[str, Text]:
    """Every model by name; what the first of these places does not keep is looked for in the others, else rendered."""
    kept, *others = (partial(read_or_set_aside, place, dict[str, Any], {}) for place in places)
    texts = model_texts(topics, datasets, root)
    told, kinds = variables(topics, datasets), dimensions(cubes_of(topics, datasets), datasets)
    code = [version("sqlmesh"), [file_sha256(f) for f in sorted(CODE.glob("*.py"))]]
    keys = {name: digest_of([code, {v: told[v] for v in told if v in text}, text]) for name, text in texts.items()}
    known = kept()
    here = {*known}
    for other in others if {*keys.values()} - here else ():
        known = other() | known
    found: dict[str, dict[str, Any]] = {}
    for name, key in keys.items():
        if key not in known:
            from pipelines.transform.render import rendered  # SQLMesh is slow to import

            known[key] = rendered(texts[name], told, dict(next(iter(found.values()))["columns"]) if found else {})
        found[name] = known[key]
    if here != {*keys.values()}:
        write_json(places[0], {key: found[name] for name, key in keys.items()})
    meaning = meanings(root)
    return {name: _typed(_described(Text(**entry), meaning), kinds) for name, entry in found.items()}


def _typed(text: Text, dimensions: dict[str, str]) -> Text:
    """The model with the type of every dimension, which SQLMesh does not know: a table without any rows needs it."""
    return replace(
        text, columns=[[n, dimensions.get(n, kind) if kind == "UNKNOWN" else kind] for n, kind in text.columns]
    )


def _described(text: Text, meaning: dict[str, str]) -> Text:
    """The model with what every column means: as it says itself, else as models/kolommen.yaml says."""
    own = text.comments["columns"]
    said = {name: own.get(name) or meaning.get(name, "") for name, _ in text.columns}
    return replace(text, comments={**text.comments, "columns": said})


if __name__ == "__main__":
    try:
        render_ahead()
    except Problem as err:
        sys.exit(str(err))
