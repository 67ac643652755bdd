"""Everything declarative that a refresh and the commands go by: descriptions, catalogue, cities and settings."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipelines.config import Settings
from pipelines.describe.catalogue import City, Topic, load_cities, load_topics
from pipelines.describe.specfile import SpecError
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.landing.landings import Landings
from pipelines.landing.register import register_sources
from pipelines.publish.modes import ALL
from pipelines.transform.waiting import with_figures


@dataclass(frozen=True)
class Project:
    """Everything declarative that a refresh reads."""

    datasets: dict[str, Dataset]
    topics: dict[str, Topic]
    cities: list[City]
    settings: Settings

    @classmethod
    def load(cls, settings: Settings) -> Project:
        """Read it all, and check that what names a dataset or a city names one that exists. Raises SpecError."""
        datasets, cities = load_datasets(), load_cities()
        project = cls(datasets, load_topics(datasets=datasets), cities, settings)
        for section, what, names, known in (
            ("sources", "dataset", settings.sources, datasets),
            ("refresh", "dataset", settings.refresh.datasets, datasets),
            ("releases.groups", "city", settings.releases.groups, [ALL, *(c.stad for c in cities)]),
        ):
            if unknown := [n for n in names if n not in known]:
                raise SpecError(
                    f"obmi.toml: [{section}] names '{unknown[0]}', which is no {what}; choose from {', '.join(known)}"
                )
        return project

    def in_use(self, landings: Landings) -> Project:
        """The same by the descriptions that the accepted rows were read by. Raises SpecError where the catalogue asks
        for what those rows do not have."""
        used = {name: landing.read_as for name, landing in landings.items()}
        topics = self.topics if used == self.datasets else load_topics(datasets=used)
        return replace(self, datasets=used, topics=with_figures(topics, landings))

    def taking_part(self, landings: Landings, profile: str) -> Landings:
        """The datasets that a refresh looks at: what the register is made from, in its profile and not left out, or
        once delivered and not withdrawn."""
        return landings.only(
            i
            for i, s in self.datasets.items()
            if (s.in_profile(profile) and self.settings.brings_in(i)) or i in register_sources() or landings[i].is_here
        )
