"""What was written, put to the proof on the file itself before it is kept."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.config import load_settings
from pipelines.describe.catalogue import Topic, load_topics
from pipelines.describe.expectations import load_checks
from pipelines.describe.specfile import SpecError
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.gate.checks import compile_checks
from pipelines.gate.judge import run_checks
from pipelines.ingest.read.errors import ParseError
from pipelines.landing.areas import load_areas
from pipelines.scaffold.landed import land
from pipelines.scaffold.sample import NotDescribed, Say
from pipelines.transform.compile import source_model

TODO = "nothing is written; overrule the guess with --answers, or describe the file by hand"


def check(root: Path, ident: str, path: Path, name: str, tmp: Path, say: Say) -> None:
    """Load, land, judge and compile the files in `root`. Raises NotDescribed where one step fails."""
    con = duckdb.connect()
    try:
        load_areas(con)
        spec = load_datasets(root)[ident]
        part = land(con, spec, path, name, tmp)
        outcomes = run_checks(con, compile_checks(spec, load_checks(ident, root)), load_settings().gate.timeout_s)
        failed = [o for o in outcomes if o.blocks]
        if failed:
            raise NotDescribed(f"the file fails its own checks, {failed[0].boodschap}; {TODO}")
        say("poort", f"{part.rows:,} rows landed, {len(outcomes)} checks and none that blocks")
        topics = load_topics(root, {ident: spec})
        if topics:
            _subjects(con, spec, list(topics.values()), part.path, say)
    except (SpecError, ParseError) as err:
        raise NotDescribed(f"{err}; {TODO}") from err
    finally:
        con.close()


def _subjects(con: duckdb.DuckDBPyConnection, spec: Dataset, topics: list[Topic], landed: Path, say: Say) -> None:
    """The model that follows from the entries, also of those in preparation, on what landed: one row per subject, area
    and period, and every subject there."""
    folder = landed.parent / "versie"
    folder.mkdir()
    landed.rename(folder / "deel-0.parquet")
    live = [t.model_copy(update={"in_voorbereiding": None}) for t in topics]
    sql = source_model(spec, live, str(folder)).split(");\n", 1)[1]
    try:
        con.execute(f"CREATE TEMP TABLE bron AS {sql}")
    except duckdb.Error as err:
        raise NotDescribed(f"the subjects do not come out of it, {str(err).splitlines()[0]}; {TODO}") from err
    rows, once = con.execute(
        "SELECT COUNT(*), COUNT(DISTINCT (onderwerp, gebiedsniveau, gebied, periode)) FROM bron"
    ).fetchone()  # type: ignore[misc]
    if not rows or rows != once:
        raise NotDescribed(f"there are {rows} rows for {once} subjects, areas and periods; {TODO}")
    found = {c for (c,) in con.execute("SELECT DISTINCT onderwerp FROM bron").fetchall()}
    if gone := {t.onderwerp for t in topics} - found:
        raise NotDescribed(f"there is no row for {', '.join(sorted(gone))}; {TODO}")
    say("onderwerpen", f"{rows:,} rows of {len(topics)} subjects, one per subject, area and period")
