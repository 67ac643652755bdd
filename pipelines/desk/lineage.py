"""From which columns every column of a model follows, by its query as it runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import dagster as dg

from pipelines.describe.catalogue import sources_of
from pipelines.describe.specfile import digest_of
from pipelines.describe.specs import Dataset
from pipelines.desk.labels import delivered_form, key_of
from pipelines.home import read_or_set_aside, write_json
from pipelines.landing.landings import Landings
from pipelines.project import Project
from pipelines.refresh import build_mark
from pipelines.transform.kept import Built
from pipelines.transform.texts import GROUP, Text, load_texts, taking_part

Lineage = dict[str, dict[str, list[tuple[str, str]]]]  # per model and column: (table, column) pairs


def column_lineage(project: Project, landings: Landings) -> Lineage:
    """Of every model of the last build, where that is the one of today's models; kept in the home until they change."""
    home = landings.home
    built = Built.of(home).fingerprint
    if (
        not built
        or not any(landing.state.version for landing in landings.values())
        or built != build_mark(project, landings)
    ):
        return {}
    used = project.in_use(landings)
    versions = {i: landings[i].state.version for i in sources_of(used.topics)}
    built_of = {i: used.datasets[i] for i in taking_part(versions, used.topics)}
    texts = load_texts(home, used.topics, built_of)  # those of the build, which it keeps: nothing is rendered
    mark = digest_of([[name, text.query] for name, text in texts.items()])
    kept = read_or_set_aside(home.build / "lineage.json", dict[str, Lineage], {})
    if mark not in kept:
        kept = {mark: {name: _of(text) for name, text in texts.items()}}
        write_json(home.build / "lineage.json", kept)
    return kept[mark]


def model_lineage(columns: Mapping[str, list[tuple[str, str]]], sources: Iterable[str]) -> dg.TableColumnLineage:
    """That of one model as Dagster shows it; `sources` are the models of datasets, which a build reads one by one."""
    found = {}
    for column, pairs in columns.items():
        spread = [(t, c) for table, c in pairs for t in (sources if table == f"bron.{GROUP}" else [table])]
        found[column] = [dg.TableColumnDep(key_of(t), c) for t, c in spread if not t.startswith("invoer.")]
    return dg.TableColumnLineage({column: deps for column, deps in found.items() if deps})


def landing_lineage(spec: Dataset) -> dg.TableColumnLineage:
    """Which column of the publisher's file every column of a landing comes from."""
    key = key_of(f"levering.{spec.id}")
    return dg.TableColumnLineage({n: [dg.TableColumnDep(key, t)] for n, t in delivered_form(spec).targets().items()})


def _of(text: Text) -> dict[str, list[tuple[str, str]]]:
    from sqlglot import exp, parse_one  # here: the page waits for imports
    from sqlglot.lineage import lineage
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import build_scope

    query = qualify(parse_one(text.query, dialect="duckdb"), dialect="duckdb", validate_qualify_columns=False)
    scope, found = build_scope(query), {}
    for column, _ in text.columns:
        nodes = lineage(column, query, dialect="duckdb", scope=scope, trim_selects=False, copy=False).walk()
        tables = [(n.source, n.name) for n in nodes if isinstance(n.source, exp.Table)]
        found[column] = sorted({(f"{t.db}.{t.name}", n.rpartition(".")[2].strip('"')) for t, n in tables})
    return found
