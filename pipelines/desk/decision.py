"""The job by which an analyst decides about what is held: what `obmi accept` and `obmi reject` do."""

from typing import Literal

import dagster as dg
from pydantic import Field

from pipelines.describe.catalogue import City
from pipelines.desk.assets import WAIT, under_the_lock
from pipelines.landing.landings import Landings
from pipelines.landing.quarantine import Undecided, decide, items
from pipelines.serve.roles import WHERE, WHO

YEAR = 365


class Decided(dg.Config):
    """What is decided, by whom and why."""

    id: str = Field(description="Het id in de tabel 'vastgehouden' van de dataset.")
    besluit: Literal["aanvaard", "afgewezen"] = Field(description="aanvaard: het is waar. afgewezen: het is fout.")
    door: str = Field("", description="Wie beslist, nooit wie het bestand afgaf; wie is aangemeld, beslist zelf.")
    reden: str = Field(description="Waarom, voor wie het later vraagt.")
    dagen: int = Field(YEAR, description="Hoe lang een aanvaarding geldt.")


@dg.op(
    description="Schrijft het besluit op; wat aanvaard is, gaat daarna vanzelf opnieuw door de controles.",
    retry_policy=WAIT,
)
def beslis(context: dg.OpExecutionContext, config: Decided) -> None:
    """Write the decision down under the lock; what cannot be decided fails with one sentence."""
    with under_the_lock() as (project, landings, _):
        if city := context.run.tags.get(WHERE):
            _about(city, config.id, landings, project.cities)
        days = config.dagen if config.besluit == "aanvaard" else None
        by = context.run.tags.get(WHO, config.door)  # who is logged in decides, whatever name is typed
        entry = decide(landings, config.id, config.besluit, config.reden, by, days)
    until = f" until {entry.tot[:10]}" if entry.tot else ""
    context.log.info(f"{entry.dataset}, {entry.controle}: {entry.besluit} by {entry.door}{until}: {entry.reden}")


def _about(city: str, ident: str, landings: Landings, cities: list[City]) -> None:
    """Whoever is of one city decides about that city alone. Raises Undecided."""
    for item in items(landings, cities):
        if item["id"] == ident and list(item["steden"]) != [city]:
            whole = ", ".join(item["steden"]) or "no city of ours"
            raise Undecided(f"{ident} is about {whole}, and a person of {city} decides about {city} alone")


@dg.job(
    description="Laat door wat vastgehouden is (aanvaard), of houd het buiten (afgewezen): als obmi accept en reject.",
    executor_def=dg.in_process_executor,
)
def besluit() -> None:
    """One decision about one item of the quarantine."""
    beslis()
