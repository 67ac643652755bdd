"""One second early a release is that of a file without the rows; on time it has them. Changed figures are synthetic."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.describe.specs import Dataset, load_datasets
from pipelines.home import Home
from pipelines.publish.recorded import recorded
from pipelines.publish.releases import current_release
from tests.helpers import FIGURES, Row, edited, obmi, query

POVERTY, NOON = "statbel_armoederisico", datetime(2026, 12, 1, 12, tzinfo=UTC)
CANARY, GHENT = 28765, "44021"  # the median of Gent in the year under embargo
NEWEST = "SELECT COUNT(*) FILTER (periode = '2022'), COUNT(*) FROM mart.waarneming WHERE onderwerp = 'vg3101_mediaan'"


def _described() -> dict[str, Dataset]:
    told = load_datasets()
    embargo = {"jaren": {2022: NOON}}
    told[POVERTY] = Dataset(**{**told[POVERTY].model_dump(exclude_unset=True), "id": POVERTY, "embargo": embargo})
    return told


class Home2022:
    """Homes of the poverty figures, of which those of 2022 are under an embargo until noon."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self._folder, self._patch = folder, patch
        config = folder / "obmi.toml"
        told = f"sources.{POVERTY}.files = ['{FIGURES / f'{POVERTY}.csv'}']\n[refresh]\ndatasets = ['{POVERTY}']\n"
        config.write_text(told, encoding="utf-8")
        patch.setenv("OBMI_CONFIG", str(config))
        patch.setattr("pipelines.project.load_datasets", _described)

    def refreshed(self, name: str, at: datetime, change: Callable[[Row], Row | None] | None = None) -> Path:
        home = self._folder / name
        self._patch.setenv("OBMI_HOME", str(home))
        self._patch.setenv("OBMI_NOW", at.isoformat())
        if change:
            (self._folder / "in").mkdir(exist_ok=True)
            assert obmi("drop", POVERTY, edited(POVERTY, self._folder / "in", change)).code == 0
        told = obmi("refresh")
        assert told.code == 0, told.err + told.out
        (self._folder / f"{name}.txt").write_text(
            told.out + obmi("status").out + obmi("quarantaine").out, encoding="utf-8"
        )
        return home


def test_one_second_early_nothing_tells_of_the_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    homes, early = Home2022(tmp_path, monkeypatch), NOON - timedelta(seconds=1)

    def canary(row: Row) -> Row:
        told = {"mediaan_inkomen": str(CANARY)} if (row["jaar"], row["nis_code"]) == ("2022", GHENT) else {}
        return {**row, **told}

    held = homes.refreshed("met", early, canary)
    without = homes.refreshed("zonder", early, lambda row: None if row["jaar"] == "2022" else row)
    tables = [recorded(Home(h), current_release(Home(h))["release"]).tables for h in (held, without)]
    differ = {t for file in tables[0] for t in tables[0][file] if tables[0][file][t] != tables[1][file][t]}
    count = sum(len(told) for told in tables[0].values())
    print(f"\n{count} tables one second early; other than without the rows: {sorted(differ)}")
    assert differ <= {"mart.bron", "mart.herkomst"}, "which tell the hash of the file"
    apart = "bron, titel, status, toelichting, rijen, oudste_jaar, jongste_jaar, bronversie, bestanden"
    assert query(held, f"SELECT {apart} FROM mart.bron") == query(without, f"SELECT {apart} FROM mart.bron")
    assert query(held, NEWEST) == query(without, NEWEST)
    assert query(held, NEWEST)[0][0] == 0
    texts = [(tmp_path / f"{name}.txt").read_text().replace(f"/{name}/", "/x/") for name in ("met", "zonder")]
    said = [sorted(text.splitlines()) for text in texts]
    assert said[0] == said[1], "in any order, as two datasets are read at once"
    seen = [
        p for p in held.rglob("*") if p.is_file() and "raw" not in p.parts and str(CANARY).encode() in p.read_bytes()
    ]
    assert seen == []
    shutil.rmtree(without)
    after = homes.refreshed("met", NOON)
    assert query(after, NEWEST)[0][0] > 0
    assert query(after, "SELECT COUNT(*) FROM mart.waarneming WHERE waarde = 28765")[0][0] > 0
    releases = len([*Home(after).releases.glob("2*")])
    homes.refreshed("met", NOON + timedelta(days=1))
    assert len([*Home(after).releases.glob("2*")]) == releases == 2, "and it is published once"
