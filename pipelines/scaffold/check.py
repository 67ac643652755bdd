"""What was written, put to the proof on the file itself before it is kept."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.config import load_settings
from pipelines.expectations import load_checks
from pipelines.home import quoted
from pipelines.ingest.areas import load_areas
from pipelines.ingest.errors import ParseError
from pipelines.quality.checks import compile_checks
from pipelines.quality.gate import run_checks
from pipelines.scaffold.landed import land
from pipelines.scaffold.sample import NotDescribed, Say
from pipelines.scaffold.subjects import Subject
from pipelines.specfile import SpecError
from pipelines.specs import load_datasets

SHAPE = {
    "onderwerp": "VARCHAR",
    "gebiedsniveau": "VARCHAR",
    "gebied": "VARCHAR",
    "periode": "VARCHAR",
    "periode_begin": "DATE",
    "waarde": "DOUBLE",
    "status": "VARCHAR",
}
TODO = "nothing is written; overrule the guess with --answers, or describe the file by hand"


def check(root: Path, ident: str, path: Path, name: str, subjects: list[Subject], tmp: Path, say: Say) -> None:
    """Load, land, judge and run the three files in `root`. Raises NotDescribed where one step fails."""
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
        _model(con, root / "models" / "bron" / f"{ident}.sql", ident, part.path, subjects, say)
    except (SpecError, ParseError) as err:
        raise NotDescribed(f"{err}; {TODO}") from err
    finally:
        con.close()


def _model(
    con: duckdb.DuckDBPyConnection, model: Path, ident: str, landed: Path, subjects: list[Subject], say: Say
) -> None:
    """The model on what landed: its columns, one row per subject, area and period, and every subject there."""
    source = f"READ_PARQUET(@VAR('{ident}') || '/deel-*.parquet')"
    sql = model.read_text(encoding="utf-8").split(");\n", 1)[1].replace(source, f"read_parquet({quoted(landed)})")
    try:
        con.execute(f"CREATE TEMP TABLE bron AS {sql}")
    except duckdb.Error as err:
        raise NotDescribed(f"the model does not run, {str(err).splitlines()[0]}; {TODO}") from err
    shape = {n: t for n, t, *_ in con.execute("DESCRIBE bron").fetchall()}
    if shape != SHAPE:
        raise NotDescribed(f"the model gives {shape}; {TODO}")
    rows, once = con.execute(
        "SELECT COUNT(*), COUNT(DISTINCT (onderwerp, gebiedsniveau, gebied, periode)) FROM bron"
    ).fetchone()  # type: ignore[misc]
    if not rows or rows != once:
        raise NotDescribed(f"the model gives {rows} rows for {once} subjects, areas and periods; {TODO}")
    gone = {s.code for s in subjects} - {c for (c,) in con.execute("SELECT DISTINCT onderwerp FROM bron").fetchall()}
    if gone:
        raise NotDescribed(f"the model gives no row for {', '.join(sorted(gone))}; {TODO}")
    say("model", f"{rows:,} rows of {len(subjects)} subjects, one per subject, area and period")
