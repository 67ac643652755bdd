"""What an analyst reads of an asset before it ever ran: what it is, whose, how often, its columns, and its texts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.describe.catalogue import City
from pipelines.describe.formats import Format
from pipelines.describe.meanings import meanings
from pipelines.describe.specfile import ROOT, digest_of
from pipelines.describe.specs import Dataset
from pipelines.desk.model_header import Header
from pipelines.home import Home
from pipelines.ingest.read.cast import landing_types
from pipelines.landing.register import NAME, RULES, register_sources
from pipelines.transform.texts import LISTS, TABLES

REGISTER = f"ref.{NAME}"
HOUSE = "team:obmi"
# How long after the last delivery the next one is missed: a period, and how late publishers are.
MISSED = {
    "eenmalig": timedelta(days=3660),
    "driejaarlijks": timedelta(days=3 * 366 + 270),
    "jaarlijks": timedelta(days=366 + 180),
    "driemaandelijks": timedelta(days=92 + 60),
    "maandelijks": timedelta(days=31 + 30),
    "dagelijks": timedelta(days=4),
    "per uur": timedelta(days=2),
}
NIGHTLY = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=50), warn_window=timedelta(hours=26))
# The groups sort as the figures flow.
SOURCES, AREAS, LANDED, SUBJECTS, STATISTICS, MARTS, RELEASE = (
    *("1_bronnen", "2_gebieden", "3_landing", "4_onderwerpen", "5_statistiek", "6_marts", "7_release"),
)
WAYS = {"http_file": "http", "drop": "file", "jsonstat": "http", "sdmx": "http", "dcat": "http", "sensor": "http"}


def key_of(name: str) -> dg.AssetKey:
    """The asset of a name such as `mart.waarneming`."""
    return dg.AssetKey(name.split("."))


def publisher_of(dataset: str) -> str:
    """The folder of the publisher, as ids begin with."""
    return dataset.split("_")[0]


def delivered_form(spec: Dataset) -> Format:
    """How the publisher writes it now; the first that is told which is not of our built-in figures."""
    return next((f for f in spec.formats if f.name != "voorbeeld"), spec.formats[0])


def delivered_spec(spec: Dataset) -> dg.AssetSpec:
    """What the publisher gives, as it came in; nothing here makes it."""
    form = delivered_form(spec)
    columns = {theirs: _becomes(ours) for theirs, ours in form.header.items()}
    columns |= {theirs: "Niet overgenomen." for theirs in form.ignored if theirs not in columns}
    return dg.AssetSpec(
        key_of(f"levering.{spec.id}"),
        description=f"{spec.titel}, zoals {spec.uitgever} het geeft: elk bestand dat ooit binnenkwam, onveranderd.",
        metadata={**_texts(spec), **schema_of((n, form.kind, said) for n, said in columns.items())},
        group_name=f"{SOURCES}/{_word(spec.thema)}",
        kinds={WAYS.get(spec.protocol, spec.protocol), form.kind},
        **_whose(spec),
    )


def landing_spec(spec: Dataset) -> dg.AssetSpec:
    """What is accepted of a dataset."""
    reference = spec.id in register_sources()
    return dg.AssetSpec(
        key_of(f"landing.{spec.id}"),
        deps=[key_of(f"levering.{spec.id}"), *([] if reference else [key_of(REGISTER)])],
        description=f"{spec.titel}: wat de controles doorliet. {spec.bronvermelding}, {spec.licentie}.",
        metadata={**_texts(spec), **schema_of(_landed_columns(spec))},
        group_name=AREAS if reference else f"{LANDED}/{_word(spec.thema)}",
        kinds={"parquet", "duckdb", "greatexpectations"},
        code_version=spec.rules[:12],
        **_whose(spec),
    )


def register_spec() -> dg.AssetSpec:
    """The register of areas, which every dataset is checked against."""
    tables = (("gebied", "alle gebieden"), ("gebied_relatie", "welk gebied in welk ligt"), ("gebiedsniveau", "niveaus"))
    return dg.AssetSpec(
        key_of(REGISTER),
        deps=[key_of(f"landing.{i}") for i in register_sources()],
        description="De lijst van alle gebieden en hun grenzen door de tijd, afgeleid uit de lijsten van de uitgevers.",
        metadata={
            **schema_of((name, "tabel", f"Wat erin staat: {says}.") for name, says in tables),
            "sql": dg.MetadataValue.path(str(RULES.relative_to(ROOT))),
        },
        group_name=AREAS,
        code_version=digest_of(RULES.read_text(encoding="utf-8"))[:12],
        owners=[HOUSE],
        kinds={"duckdb", "parquet"},
        tags={"thema": "referentie"},
        freshness_policy=NIGHTLY,
    )


def with_register(graph: Mapping[str, set[str]], texts: Mapping[str, str]) -> dict[str, set[str]]:
    """What every model reads, with the register where it enters."""
    enters = {name for name, text in texts.items() if _asked(text) & {*TABLES} - {"stad"}}
    return {name: reads | ({REGISTER} if name in enters else set()) for name, reads in graph.items()}


def flowing(graph: Mapping[str, set[str]], nightly: Collection[str], home: Home) -> dict[str, set[str]]:
    """What every model reads, of what comes in by itself or came in once: of anything else the page would warn whoever
    materialises all that it was not materialised yet."""
    loose = {read for reads in graph.values() for read in reads if read.startswith("landing.") and read not in nightly}
    absent = {read for read in loose if not (home.landing / read.partition(".")[2] / "accepted.json").exists()}
    return {name: reads - absent for name, reads in graph.items()}


def model_specs(
    graph: Mapping[str, set[str]],
    texts: Mapping[str, str],
    headers: Mapping[str, Header],
    datasets: Mapping[str, Dataset],
) -> dict[str, dg.AssetSpec]:
    """Every model by name; one of a single dataset stands with it."""
    areas: set[str] = {REGISTER}
    specs: dict[str, dg.AssetSpec] = {}
    for name in TopologicalSorter(graph).static_order():
        if name not in graph:
            continue
        text, layer, spec = texts[name], name.split(".")[0], datasets.get(name.removeprefix("bron."))
        if layer == "ref" and graph[name] <= areas and not _asked(text) & {*LISTS}:
            areas.add(name)
        group = AREAS if name in areas else {"statistiek": STATISTICS, "mart": MARTS}.get(layer, SUBJECTS)
        group = max([group, *(specs[d].group_name or "" for d in graph[name] if d in specs)])  # some follow from a mart
        specs[name] = dg.AssetSpec(
            key_of(name),
            deps=[key_of(d) for d in sorted(graph[name])],
            description=headers[name].description,
            metadata={
                **schema_of((column, kind, said) for column, (kind, said) in headers[name].columns.items()),
                "dagster/table_name": name,
                "sql": dg.MetadataValue.md(f"```sql\n{text.strip()}\n```"),
                **_source(model=ROOT / "models" / f"{name.replace('.', '/')}.sql"),
            },
            group_name=f"{LANDED}/{_word(spec.thema)}" if spec else group,
            owners=[f"team:{publisher_of(spec.id)}", HOUSE] if spec else [HOUSE],
            kinds={"duckdb", "sqlmesh"},
            tags={"thema": _tag(spec.thema)} if spec else {},
            code_version=digest_of(text)[:12],
            freshness_policy=NIGHTLY,
        )
    return specs


def _asked(text: str) -> set[str]:
    """The names that a model asks for by @VAR."""
    return {*re.findall(r"@VAR\('(\w+)'\)", text)}


def release_spec(marts: Iterable[str], tables: Mapping[str, tuple[str, Any]]) -> dg.AssetSpec:
    """What readers get; `tables` are those that describe a release, beside the marts."""
    return dg.AssetSpec(
        "release",
        deps=[key_of(n) for n in sorted(marts)],
        description="Wat lezers krijgen: één DuckDB-bestand met alles, en één per stad.",
        metadata=schema_of((f"mart.{name}", "tabel", says) for name, (says, _) in tables.items()),
        group_name=RELEASE,
        owners=[HOUSE],
        kinds={"duckdb"},
        freshness_policy=NIGHTLY,
    )


def websites_spec() -> dg.AssetSpec:
    """What a city puts online."""
    columns = (
        ("website", "De stad, of de dertien samen."),
        ("bestanden", "Hoeveel bestanden haar website telt."),
        ("geschreven", "Hoeveel er nu anders zijn dan voordien."),
    )
    return dg.AssetSpec(
        "websites",
        deps=[dg.AssetKey("release")],
        description="Een website per stad en een van de dertien samen: mappen die elke webserver toont.",
        metadata=schema_of((name, "kolom", says) for name, says in columns),
        group_name=RELEASE,
        owners=[HOUSE],
        kinds={"html"},
        freshness_policy=NIGHTLY,
    )


def city_spec(cities: Iterable[City]) -> dg.AssetSpec:
    """The figures of one city; a partition for each."""
    columns = (
        ("mart.waarneming", "De waarnemingen van de stad, en van wat ze mee vergeleken wordt."),
        ("mart.profiel", "Van elk onderwerp het jongste cijfer van de stad, met rang en trend."),
        ("mart.kwaliteit", "De controles van haar cijfers, en wat van haar vastgehouden is."),
    )
    return dg.AssetSpec(
        "stad",
        deps=[dg.AssetKey("release")],
        description="Het bestand van één stad. Ze faalt waar iets van haar vastgehouden is, en zij alleen.",
        metadata=schema_of((name, "tabel", says) for name, says in columns),
        partitions_def=dg.StaticPartitionsDefinition([c.stad for c in cities]),
        group_name=RELEASE,
        owners=[HOUSE],
        kinds={"duckdb"},
        freshness_policy=NIGHTLY,
    )


def given_spec(spec: Dataset, cities: Iterable[str]) -> dg.AssetSpec:
    """What each of these cities gives by itself of a dataset; a partition for each."""
    return dg.AssetSpec(
        key_of(f"stad.{spec.id}"),
        deps=[key_of(f"landing.{spec.id}")],
        description=f"{spec.titel}, zoals elke stad het zelf levert. Wat van één stad fout is of uitblijft, houdt haar "
        "alleen op.",
        metadata={**_texts(spec), **schema_of(_landed_columns(spec))},
        partitions_def=dg.StaticPartitionsDefinition([*cities]),
        group_name=f"{LANDED}/{_word(spec.thema)}",
        kinds={"parquet"},
        **_whose(spec),
    )


def _whose(spec: Dataset) -> dict[str, Any]:
    late = MISSED[spec.cadans]
    return {
        "owners": [f"team:{publisher_of(spec.id)}", HOUSE],
        "tags": {"thema": _tag(spec.thema), "cadans": _tag(spec.cadans), "licentie": _tag(spec.licentie)},
        "freshness_policy": dg.FreshnessPolicy.time_window(fail_window=late, warn_window=late * 0.9),
    }


def _texts(spec: Dataset) -> dict[str, Any]:
    """Where to read on: the publisher's page, the description and the checks."""
    described = ROOT / "sources" / publisher_of(spec.id) / f"{spec.id.partition('_')[2]}.yaml"
    return {
        "uitgever": spec.uitgever,
        "pagina": dg.MetadataValue.url(spec.pagina),
        "licentie": spec.licentie,
        "cadans": spec.cadans,
        **_source(beschrijving=described, controles=ROOT / "expectations" / f"{spec.id}.yaml"),
    }


def _source(**paths: Path) -> dict[str, Any]:
    """The files that say how it is made."""
    return {said: dg.MetadataValue.path(str(p.relative_to(ROOT))) for said, p in paths.items() if p.exists()}


def schema_of(columns: Iterable[tuple[str, str, str]]) -> dict[str, Any]:
    """Columns or tables, each with its kind and what it means, as the page shows them."""
    found = [dg.TableColumn(name, kind, said) for name, kind, said in columns]
    return {"dagster/column_schema": dg.TableSchema(found)}


def _landed_columns(spec: Dataset) -> Iterable[tuple[str, str, str]]:
    meaning, theirs = _meanings(), dict[str, dict[str, None]]()
    for form in spec.formats:
        for ours, name in form.targets().items():
            theirs.setdefault(ours, {})[name] = None
    for name, kind in landing_types(spec).items():
        column = spec.columns.get(name)
        said = "Cijfer." if column and column.measure else meaning.get(name, "Kenmerk.")
        if name.endswith("_status") and name not in spec.columns:
            said = f"Waarom {name.removesuffix('_status')} leeg is: {meaning['status']}"
        written = f" In het bestand: {', '.join(theirs[name])}." if name in theirs else ""
        yield name, kind, said + written


@cache
def _meanings() -> dict[str, str]:
    return meanings()


def _becomes(ours: str | list[str]) -> str:
    return f"Wordt {ours if isinstance(ours, str) else ', '.join(ours)}."


def _word(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def _tag(text: str) -> str:
    """A text as a tag may be: letters, digits and dashes."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", text)[:63].strip("-.")
