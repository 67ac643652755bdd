"""What a person hands over of a city's plan: the bytes are kept, what can be taken is taken, and the rest is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipelines.describe.catalogue import City, load_cities
from pipelines.home import Home
from pipelines.ingest.fetch import keep
from pipelines.ingest.raw import RawStore
from pipelines.orba.editions import Editions
from pipelines.orba.handed_in import HandedInError, read_handed_in
from pipelines.orba.merging import Merge
from pipelines.orba.references import CityFigures
from pipelines.publish.releases import database_path, sound_current

PREFIX = "orba_"  # before the name of a city: what is handed over of its plan


@dataclass(frozen=True)
class HandedOver:
    """What became of a file: the version that it made, where something changed, each change, and each refusal."""

    stad: str
    versie: int | None
    changed: list[str]
    refused: list[str]

    @property
    def lines(self) -> list[str]:
        """The same for a person."""
        what = f"versie {self.versie}" if self.versie else "geen nieuwe versie"
        head = f"orba_{self.stad}: {len(self.changed)} overgenomen, {len(self.refused)} niet overgenomen, {what}"
        return [head, *(f"  overgenomen {text}" for text in self.changed), *(f"  NIET {text}" for text in self.refused)]


def city_of(dataset: str) -> City | None:
    """The city whose plan a name such as orba_gent is about; None where it is no such name."""
    stad = dataset.removeprefix(PREFIX)
    return next((c for c in load_cities() if dataset.startswith(PREFIX) and c.stad == stad), None)


def figures_of(home: Home, city: City) -> CityFigures:
    """The figures of a city that readers get now."""
    release = sound_current(home)
    return CityFigures(database_path(home, release, city.stad) if release else None, city)


def hand_over(home: Home, city: City, path: Path, by: str, figures: CityFigures | None = None) -> HandedOver:
    """Keep a file of a city's plan and take what can be taken. Raises HandedInError where it cannot be read; a file of
    another city is not even kept."""
    if not path.is_file():
        raise HandedInError(f"{path} is geen bestand; noem het bestand dat u wilt afgeven")
    given = read_handed_in(path, path.name, city.stad)
    editions = Editions(home, city.stad)
    with editions.alone():
        store = RawStore(editions.home)
        kept = keep(store, path, {"by": by, "path": path.name, "stad": city.stad})
        store.deliver(f"{PREFIX}{city.stad}", "drop", [kept])
        now = editions.plan()
        if given.versie is not None and not 0 <= given.versie <= now.versie:
            raise HandedInError(
                f"{path.name} gaat uit van versie {given.versie}, en de laatste is {now.versie}; haal een nieuw "
                f"werkboek met obmi orba sjabloon --city {city.stad}"
            )
        base = now if given.versie is None else editions.plan(given.versie)
        merged = Merge(editions, base, now, (figures or figures_of(home, city)).fault, given.named).take(
            given.rows, given.whole
        )
        refused = [*given.refused, *merged.refused]
        made = editions.add(merged.rows, by, path.name, kept.sha256, refused)
    return HandedOver(city.stad, made.nummer if made else None, merged.changed, refused)
