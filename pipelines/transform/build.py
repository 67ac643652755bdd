"""Build the models by reach: only the steps whose inputs changed run, each judged by the audits of its models."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property, partial
from typing import Any

import duckdb

from pipelines.describe.catalogue import Topic
from pipelines.describe.specfile import ROOT, digest_of
from pipelines.describe.specs import Dataset
from pipelines.home import Home, quoted
from pipelines.transform.concealed import COLUMNS, STATE, Hiding, hiding_of
from pipelines.transform.entries import in_group, name_list, rows_about, said_by
from pipelines.transform.inputs import Inputs
from pipelines.transform.kept import Built, Kept, Tables, lay_out
from pipelines.transform.reach import FIGURES, FLAT, Group, Reach, group_subjects
from pipelines.transform.steps import BuildStep, Doer
from pipelines.transform.texts import TABLES, Text, load_texts, taking_part

# memory above this goes to disk: a build stays under 2 GiB, Python included, on a machine that others use too; a second
# thread in one query takes a third more processor time, so two queries run at once on one thread each
CONNECTOR = {"preserve_insertion_order": False, "memory_limit": "1200MB", "threads": 1}
FORM = 1  # of what is kept: another number builds everything anew


class _Build:
    """One build: a connection, and the steps that are done so far."""

    def __init__(
        self, home: Home, inputs: Inputs, texts: dict[str, Text], hiding: Callable[..., Hiding | None]
    ) -> None:
        self._hiding = hiding
        self._inputs, self._texts, self._reach = inputs, texts, Reach(texts)
        self._kept = Kept(home)
        self._con = duckdb.connect(config={**CONNECTOR, "temp_directory": str(home.tmp / "spill")})
        self._con.execute("CREATE SCHEMA invoer")
        for name, rows in inputs.lists.items():
            self._con.register("rijen", rows)
            self._con.execute(f"CREATE TABLE invoer.{name} AS FROM rijen")
            self._con.unregister("rijen")
        for name, path in inputs.register.items():
            self._con.execute(f"CREATE VIEW invoer.{name} AS FROM read_parquet({quoted(path)})")
        self.steps: dict[str, Tables] = {}
        self.ran: dict[str, None] = {}
        self._doer = Doer(self._con, self._kept, texts)

    def close(self) -> None:
        self._con.close()

    def areas(self) -> Tables:
        """The models of the areas, which follow from the register and the cities."""
        names = self._reach.areas
        made_from = [{n: p.name for n, p in self._inputs.register.items()}, self._inputs.lists["stad"].to_pylist()]
        key = self._key(names, made_from)
        self._do([BuildStep(key, names, names, partial(self._views, "invoer", TABLES))])
        self._attach("gebieden", {key: self.steps[key]}, self._reach.areas_read)
        return self.steps[key]

    def catalogue(self) -> Tables:
        """The models that say of every subject what the catalogue and the landings say of it."""
        names = self._reach.catalogue
        key = self._key(names, {n: t.to_pylist() for n, t in self._inputs.lists.items()})
        self._do([BuildStep(key, names, names, partial(self._views, "invoer", [*self._inputs.lists]))])
        self._attach("catalogus", {key: self.steps[key]}, names)
        return self.steps[key]

    def groups(self, groups: list[Group], areas: Tables) -> dict[Group, str]:
        """Every group of which all datasets have an accepted version, each after those that it takes parts from; the
        key of each."""
        here = [g for g in groups if all(self._inputs.versions.get(source) for source in g.sources)]
        own = {code: group for group in here for code in group.subjects}
        rows = self._entries
        keys: dict[Group, str] = {}
        while waiting := [g for g in here if g not in keys]:
            ready = [g for g in waiting if all(own[part] in keys for part in g.parts)]
            steps = [self._of_group(g, list(dict.fromkeys(keys[own[p]] for p in g.parts)), rows, areas) for g in ready]
            self._do(steps)
            keys |= {group: step.key for group, step in zip(ready, steps, strict=True)}
        return {group: keys[group] for group in here}

    @cached_property
    def _entries(self) -> dict[str, list[dict[str, Any]]]:
        """The rows of the catalogue, and what is held."""
        rows = {n: self._rows(f"catalogus.{n}") for n in self._reach.catalogue}
        return rows | {"invoer.vastgehouden": self._inputs.lists["vastgehouden"].to_pylist()}

    def _of_group(
        self, group: Group, bases: list[str], rows: dict[str, list[dict[str, Any]]], areas: Tables
    ) -> BuildStep:
        """A group, by what it is made from: of what other steps made by their content, so that one that came out as it
        was reaches no further."""
        chain = self._reach.chain(group)
        columns = self._columns(chain)
        figures = [self.steps[key][FIGURES] for key in bases]
        made_from = [areas, [self._inputs.versions[s] for s in group.sources], figures, group.subjects, group.parts]
        entries = {n: rows_about(group, found, columns.get(n)) for n, found in rows.items()}
        prepare = partial(self._lay_out_group, group, columns, bases)
        shown = self._reach.shown(chain)
        entering = sum(self._count(self._inputs.landings[s]) for s in group.sources if not group.parts)
        if (hiding := self._hiding(group.sources)) is None:
            return BuildStep(self._key(chain, [made_from, entries]), chain, shown, prepare, rows=entering)
        first = self._reach.before_hiding(chain)
        key = self._key(chain, [made_from, entries, hiding.decides])
        names = [*first, *(n for n in chain if n not in first)]
        return BuildStep(key, names, [*shown, STATE], prepare, (first[-1], hiding), entering)

    def together(self, areas: Tables, catalogue: Tables, groups: Iterable[str]) -> Tables:
        """The models that need all groups, each by itself, so that one that reads what it read before does not run."""
        there, made = {key: self.steps[key] for key in groups}, dict[str, Tables]()
        for name in self._reach.together:
            step = self._of_together(name, areas | catalogue, there | made)
            self._do([step])
            made[step.key] = self.steps[step.key]
        self._attach("samen", made, self._reach.together)
        return {name: sha256 for tables in made.values() for name, sha256 in tables.items()}

    def _of_together(self, name: str, lists: Tables, steps: dict[str, Tables]) -> BuildStep:
        reads = self._texts[name].reads
        listed = {n: lists[n] for n in reads if n in lists}
        read = {k: {n: sha256 for n, sha256 in tables.items() if n in reads} for k, tables in steps.items()}

        def prepare(con: duckdb.DuckDBPyConnection) -> None:
            self._views("gebieden", [n for n in self._reach.areas if n in listed], con)
            self._views("catalogus", [n for n in self._reach.catalogue if n in listed], con)
            lay_out(con, "", self._kept, read, {n: self._texts[n].columns for n in reads if n not in listed})

        return BuildStep(self._key([name], [listed, [*read.values()]]), [name], [name], prepare)

    def compared(self, areas: Tables, together: Tables, groups: dict[Group, str]) -> dict[str, Group]:
        """The models that hold the subjects of a group, each by itself, against what all groups gave; the group of
        every key."""
        rows = self._entries
        steps = [self._of_compared(group, key, rows, areas, together) for group, key in groups.items()]
        self._do(steps)
        return {step.key: group for step, group in zip(steps, groups, strict=True)}

    def _of_compared(
        self, group: Group, own: str, rows: dict[str, list[dict[str, Any]]], areas: Tables, together: Tables
    ) -> BuildStep:
        names = self._reach.compared
        wanted, columns = self._reach.of_groups(names), self._columns(names)
        figures = {n: self.steps[own][n] for n in wanted}
        beside = {n: together[n] for n in self._reach.together if any(n in self._texts[c].reads for c in names)}
        entries = {n: rows_about(group, rows[n], used) for n, used in columns.items()}

        def prepare(con: duckdb.DuckDBPyConnection) -> None:
            self._views("gebieden", self._reach.areas_read, con)
            self._views("samen", beside, con)
            self._lay_out_entries(group, columns, con)
            lay_out(con, "", self._kept, {own: figures}, {n: self._texts[n].columns for n in wanted})

        return BuildStep(self._key(names, [areas, figures, beside, entries]), names, names, prepare)

    def _key(self, names: Iterable[str], made_from: Any) -> str:
        texts = [[self._texts[n].query, self._texts[n].audits] for n in names]
        return digest_of([FORM, duckdb.__version__, texts, made_from])[:32]

    def _do(self, steps: list[BuildStep]) -> None:
        """Do steps that do not read each other."""
        for step, (tables, ran) in zip(steps, self._doer.do(steps), strict=True):
            self.steps[step.key] = tables
            self.ran |= dict.fromkeys(ran)

    def _attach(self, catalog: str, steps: dict[str, Tables], names: list[str]) -> None:
        """Load the tables of finished steps, for the steps after them."""
        self._con.execute(f"ATTACH ':memory:' AS {catalog}")
        lay_out(self._con, f"{catalog}.", self._kept, steps, {n: self._texts[n].columns for n in names}, kind="TABLE")

    def _views(self, catalog: str, names: Iterable[str], con: duckdb.DuckDBPyConnection) -> None:
        """Show tables of another catalog under their own names; those of `invoer` have no catalog of their own."""
        for name in names:
            own, source = (name, f"{catalog}.{name}") if "." in name else (f"invoer.{name}", f"memory.invoer.{name}")
            con.execute(f"CREATE VIEW {own} AS FROM {source}")

    def _lay_out_group(
        self, group: Group, columns: dict[str, list[str]], bases: list[str], con: duckdb.DuckDBPyConnection
    ) -> None:
        self._views("gebieden", self._reach.areas_read, con)
        self._lay_out_entries(group, columns, con)
        self._some("invoer.vastgehouden", "FROM memory.invoer.vastgehouden", in_group(group, ["bron"]), con)
        if group.parts:
            files = ", ".join(quoted(self._kept.path(key, FIGURES)) for key in bases)
            there = dict(self._texts[FIGURES].columns)
            parts = [c if c in there else f"NULL::{kind} AS {c}" for c, kind in self._texts[FLAT].columns]
            con.execute(
                f"CREATE VIEW {FLAT} AS SELECT {', '.join(parts)} FROM read_parquet([{files}]) "
                f"WHERE onderwerp IN ({name_list(group.parts)})"
            )
            return
        for source, relation in self._inputs.landings.items():
            nothing = "" if source in group.sources else " LIMIT 0"
            con.execute(f"CREATE VIEW landing.{source} AS SELECT * FROM {relation}{nothing}")

    def _lay_out_entries(self, group: Group, columns: dict[str, list[str]], con: duckdb.DuckDBPyConnection) -> None:
        for name, used in columns.items():
            about = in_group(group, [c for c, _ in self._texts[name].columns])
            self._some(name, f"SELECT {', '.join(used)} FROM catalogus.{name}", about, con)

    def _some(self, name: str, rows: str, about: str, con: duckdb.DuckDBPyConnection) -> None:
        """The rows of a list that are about a group; where there are none, as what DuckDB does not look through."""
        ((there,),) = con.execute(f"SELECT EXISTS ({rows} WHERE {about})").fetchall()
        con.execute(f"CREATE {'TABLE' if there else 'VIEW'} {name} AS {rows} WHERE {about if there else 'FALSE'}")

    def _columns(self, names: list[str]) -> dict[str, list[str]]:
        """The columns that models name of every table of the catalogue: only they can decide what is computed."""
        said = "\n".join(part for n in names for part in said_by(self._texts[n]))
        read = [n for n in self._reach.catalogue if '"{}"."{}"'.format(*n.split(".")) in said]
        return {n: [c for c, _ in self._texts[n].columns if f'"{c}"' in said] for n in read}

    def _count(self, relation: str) -> int:
        return self._con.execute(f"SELECT COUNT(*) FROM {relation}").fetchone()[0]

    def _rows(self, table: str) -> list[dict[str, Any]]:
        return self._con.execute(f"FROM {table} ORDER BY ALL").to_arrow_table().to_pylist()


def build(
    home: Home, inputs: Inputs, topics: dict[str, Topic], datasets: dict[str, Dataset], lent: Iterable[str] = ()
) -> Built:
    """Build what the accepted inputs reach, and take over the rest from earlier builds; of datasets that are `lent` the
    models have the columns, without rows. Raises BuildError, and keeps nothing of a step that its audits stopped."""
    texts = load_texts(home, topics, {i: datasets[i] for i in taking_part(inputs.versions, topics, lent)}, ROOT)
    hiding = partial(hiding_of, topics=topics, datasets=datasets, release=inputs.release)
    work = _Build(home, inputs, texts, hiding)
    try:
        areas, catalogue = work.areas(), work.catalogue()
        groups = work.groups(group_subjects(topics), areas)
        together = work.together(areas, catalogue, groups.values())
        compared = work.compared(areas, together, groups)
    finally:
        work.close()
    shown = {name for tables in work.steps.values() for name in tables} | {n for n in texts if n.startswith("mart.")}
    return Built(
        steps=work.steps,
        groups=compared | {key: group for group, key in groups.items()},
        columns={n: texts[n].columns if n in texts else [*map(list, COLUMNS)] for n in sorted(shown)},
        audits={n: sorted(a["name"] for a in t.audits) for n, t in texts.items()},
        comments={n: t.comments for n, t in texts.items() if n.startswith("mart.")},
        ran=[*work.ran],
    )
