"""Three releases of synthetic persons, with small counts planted anywhere, attacked by a linear program of its own over
every table of every file; and what is hidden looked for in every byte."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.home import Home
from tests.models.attack import Attack, Seen, persons, release_of, told
from tests.models.closed_world import AMOUNT, BELOW, FLAT, ClosedWorld

CANARIES, RELEASES, WIDE = 500, 3, BELOW - 2  # from 1 up to below the threshold
Files = list[tuple[Path, dict]]


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> tuple[ClosedWorld, list, Files]:
    """The world as it ends, the planted cells, and every release with the persons that it was made of."""
    folder = tmp_path_factory.mktemp("closed")
    world = ClosedWorld(folder, towns=4, sectors=4)
    canaries = world.plant(CANARIES)
    releases = []
    for _ in range(RELEASES):
        releases.append((world.publish_in(Home(folder)), dict(world.persons)))
        world.revise(0.03)
    return world, canaries, releases


def test_no_canary_is_recovered_from_a_release_and_all_before_it(attacked: tuple[ClosedWorld, list, Files]) -> None:
    """Asked once all are out: a release adds to what is told and takes nothing back, so what is wide then was as wide
    after each release before."""
    world, canaries, releases = attacked
    attack, tried, gone = Attack(), 0, 0
    exact: list[Any] = []
    narrow: list[Any] = []
    told_by: list[tuple[Seen, dict]] = []
    for folder, truth in releases:
        rows: list[Any] = []
        for path in (folder / "obmi.duckdb", *folder.glob("steden/*.duckdb")):
            with release_of(path) as con:
                rows += told(con, "rel", world)
        told_by.append((attack.add(rows, truth), truth))
    for nr, (seen, then) in enumerate(told_by):  # what an earlier release hid may follow from a later one
        for cell in [c for c in canaries if 0 < then[c] < BELOW]:
            low, high = attack.interval([cell], seen)
            assert low - 1e-6 <= then[cell] <= high + 1e-6
            tried += 1
            gone += sum(truth[cell] == 0 for _, truth in releases[nr:])
            exact += [cell] if high - low < 1e-6 else []
            narrow += [cell] if high - low < WIDE - 1e-6 else []
    print(f"{tried} attacks on {CANARIES} canaries: {len(exact)} recovered, {len(narrow)} narrower than protected")
    assert tried > 2 * CANARIES
    assert gone > 5, "of some nothing was left in a later release"
    assert exact == narrow == []


def test_no_small_sum_of_persons_is_recovered(attacked: tuple[ClosedWorld, list, Files]) -> None:
    """Small counts on every level: of sectors and municipalities, by month and year."""
    world, _, releases = attacked
    folder, truth = releases[-1]
    attack = Attack()
    with release_of(folder / "obmi.duckdb") as con:
        seen = attack.add(told(con, "rel", world), truth)
        asked = "SELECT onderwerp, gebiedsniveau, gebied, periode FROM rel.mart.waarneming WHERE status = 'verborgen'"
        hidden = [row for row in con.execute(asked).fetchall() if row[0] in FLAT]
    small = [cells for code, *place in hidden for cells in [persons(world, *place, FLAT[code])]]
    small = [cells for cells in small if 0 < sum(truth[c] for c in cells) < BELOW]
    assert len(small) > 50
    narrow = [cells for cells in small for low, high in [attack.interval(cells, seen)] if high - low < WIDE - 1e-6]
    assert narrow == []


def test_no_hidden_amount_is_in_any_byte(attacked: tuple[ClosedWorld, list, Files]) -> None:
    world, _, releases = attacked
    shown: set[float] = set()  # what an earlier release showed is out, and stands in the revisions of a later one
    for folder, _ in releases:
        with release_of(folder / "obmi.duckdb") as con:
            asked = "SELECT gebiedsniveau, gebied, periode FROM rel.mart.waarneming WHERE onderwerp = ? AND status = ?"
            hidden = con.execute(asked, [AMOUNT, "verborgen"]).fetchall()
            everything = _every_number(con)
        every = {sum(world.amount[c] for c in persons(world, *place, {})) for place in hidden}
        amounts = sorted(every - shown)
        assert len(amounts) > 5
        assert not everything & {*map(float, amounts)}
        shown |= everything
        bytes_ = {path: _bytes(path) for path in folder.rglob("*") if path.is_file()}
        assert len(bytes_) > 5
        for amount in amounts:
            forms = (str(amount).encode(), struct.pack("<d", amount), struct.pack("<q", amount))
            assert [p for p, found in bytes_.items() for form in forms if form in found] == []


def test_the_pattern_stays_where_nothing_changed(attacked: tuple[ClosedWorld, list, Files]) -> None:
    _, _, releases = attacked
    (first, _), (second, _) = releases[:2]
    key = "onderwerp, gebiedsniveau, gebied, periode"
    with duckdb.connect() as con:
        for name, folder in (("een", first), ("twee", second)):
            con.execute(f"ATTACH '{folder / 'obmi.duckdb'}' AS {name} (READ_ONLY)")
        shown = con.execute(
            f"SELECT COUNT(*) FROM een.mart.waarneming AS a JOIN twee.mart.waarneming AS b USING ({key}) "
            "WHERE a.status = 'verborgen' AND b.status = 'ok' AND b.waarde <> 0"
        ).fetchone()
    assert shown == (0,)


def _every_number(con: duckdb.DuckDBPyConnection) -> set[float]:
    columns = con.execute(
        "SELECT schema_name || '.' || table_name, column_name FROM duckdb_columns() "
        "WHERE database_name = 'rel' AND data_type IN ('DOUBLE', 'BIGINT', 'INTEGER')"
    ).fetchall()
    found: set[float] = set()
    for table, column in columns:
        found |= {
            float(v) for (v,) in con.execute(f"SELECT DISTINCT {column} FROM rel.{table}").fetchall() if v is not None
        }
    return found


def _bytes(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
