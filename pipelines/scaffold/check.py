"""What was written, put to the proof on the file itself before it is kept."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.config import load_settings
from pipelines.describe.catalogue import load_topics
from pipelines.describe.expectations import load_checks
from pipelines.describe.specfile import SpecError
from pipelines.describe.specs import load_datasets
from pipelines.gate.checks import compile_checks
from pipelines.gate.judge import run_checks
from pipelines.ingest.read.errors import ParseError
from pipelines.landing.areas import load_areas
from pipelines.scaffold.landed import land
from pipelines.scaffold.questions import Answers, NotDescribed
from pipelines.transform.compile import source_model

TODO = "nothing is written; overrule the guess with --answers, or describe the file by hand"
ONCE = (
    "SELECT COUNT(*), COUNT(DISTINCT (onderwerp, gebiedsniveau, gebied, periode)), COUNT(DISTINCT onderwerp) FROM bron"
)


def check(root: Path, ident: str, path: Path, tmp: Path, answers: Answers) -> None:
    """Load, land, judge and compile the files in `root`, and count the rows of every subject, also of those in
    preparation. Raises NotDescribed where one step fails."""
    with duckdb.connect() as con:
        try:
            load_areas(con)
            spec = load_datasets(root)[ident]
            part = land(con, spec, path, tmp)
            outcomes = run_checks(con, compile_checks(spec, load_checks(ident, root)), load_settings().gate.timeout_s)
            if failed := [o for o in outcomes if o.blocks]:
                raise NotDescribed(f"the file fails its own checks, {failed[0].boodschap}; {TODO}")
            answers.say("poort", f"{part.rows:,} rows landed, {len(outcomes)} checks and none that blocks")
            topics = [
                t.model_copy(update={"in_voorbereiding": None}) for t in load_topics(root, {ident: spec}).values()
            ]
            if not topics:
                return
            (version := tmp / "versie").mkdir()
            part.path.rename(version / "deel-0.parquet")
            model = source_model(spec, topics, str(version)).split(");\n", 1)[1]
            con.execute(f"CREATE TEMP TABLE bron AS {model}")
            rows, once, found = con.execute(ONCE).fetchone()  # type: ignore[misc]
        except (SpecError, ParseError, duckdb.Error) as err:
            raise NotDescribed(f"{' '.join(str(err).split())[:400]}; {TODO}") from err
    if rows != once or found != len(topics):
        told = f"{rows} rows for {once} subjects, areas and periods, and {found} of {len(topics)} subjects"
        raise NotDescribed(f"there are {told}; {TODO}")
    answers.say("onderwerpen", f"{rows:,} rows of {found} subjects, one per subject, area and period")
