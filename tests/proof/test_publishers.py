"""Our areas and sums against what publishers give themselves: how much is equal, how much is not, and why."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from pipelines.describe.catalogue import load_topics
from tests.helpers import accepted, areas, query

ZWIJNDRECHT, ANTWERPEN, OOST_VLAANDEREN = "11056", "10000", "40000"
CONTROLS = {
    "inwoners": "v1101_t",
    "inwoners 65 jaar en ouder": "v1101_65p",
    "inwoners niet-Belgische nationaliteit": "v1101_nbel",
    "MS_MEDIAN": "vg3101_mediaan",
    "MS_ADMIN_AROP": "vp3101_arop",
    "MS_DWELLING_RES_NEW, CD_PERIOD 0": "v2207_woningen",
    "v2801_vh_totcrim": "v2801_vh_totcrim",
    "v2801_vh_ds_tot": "v2801_vh_ds_tot",
    "v2801_vh_ds_fiets": "v2801_vh_ds_fiets",
}
# sums of municipalities against the publisher's own row, over every subject, year and month of the permits
PERMITS = {
    ("gewest", "02000"): "39 different in 2017, 1113 equal",
    ("gewest", "04000"): "3 different in 2024, 18 different in 2025, 1131 equal",
    ("provincie", "10000"): "39 different in 2017, 1113 equal",
    ("provincie", "20001"): "39 different in 2017, 1113 equal",
    ("provincie", "30000"): "39 different in 2017, 1113 equal",
    ("provincie", "40000"): "39 different in 2017, 1113 equal",
    ("provincie", "70000"): "39 different in 2017, 1113 equal",
}


def table(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=delimiter))


def pairs(path: Path) -> dict[str, str]:
    """A publisher's table from areas to larger areas."""
    book = CalamineWorkbook.from_path(str(path))
    rows = book.get_sheet_by_name(book.sheet_names[0]).to_python()[1:]
    return {str(part): str(whole) for part, whole, *_ in rows}


def whole_number(text: str) -> int:
    """The publisher's three ways to write thousands: a comma, a space, and nothing."""
    return int(text.replace(",", "").replace(" ", "").replace("\u00a0", ""))


def figures(home: Path, onderwerp: str, niveau: str, periode: str) -> dict[str, float]:
    """Every value of one subject, level and period."""
    rows = query(
        home,
        "SELECT gebied, waarde FROM mart.waarneming WHERE (onderwerp, gebiedsniveau, periode) = "
        f"('{onderwerp}', '{niveau}', '{periode}')",
    )
    return dict(rows)


def walloon(level: str) -> set[str]:
    """The municipalities of Wallonia, which we know and do not show."""
    with areas() as con:
        rows = con.execute("SELECT gebied FROM gebied WHERE gebiedsniveau = ? AND gewest = '03000'", [level]).fetchall()
    return {code for (code,) in rows}


def test_control_figures_stand_in_the_mart(everything: Path, shared: Path) -> None:
    rows = [r for r in table(shared / "controlecijfers.csv", ";") if r["meting"] in CONTROLS and r["gebied"].isdigit()]
    listed = ", ".join(f"'{onderwerp}'" for onderwerp in CONTROLS.values())
    found = {
        tuple(key): waarde
        for *key, waarde in query(
            everything,
            "SELECT onderwerp, gebiedsniveau, gebied, periode, waarde FROM mart.waarneming "
            f"WHERE gebiedsniveau LIKE 'gemeente%' AND onderwerp IN ({listed})",
        )
    }
    wrong = []
    for row in rows:
        onderwerp = CONTROLS[row["meting"]]
        level = "gemeente" if onderwerp == "v2207_woningen" else "gemeente2024"
        level = "gemeente2018" if onderwerp.startswith("v1101") and row["periode"] < "2019" else level
        if found[onderwerp, level, row["gebied"], row["periode"]] != float(row["waarde"]):
            wrong.append(row)
    assert (len(rows), wrong) == (52, [])


@pytest.mark.parametrize(
    ("year", "level", "number"),
    [("2018", "gemeente2018", 327), ("2019", "gemeente2024", 319), ("2020", "gemeente2024", 319)],
)
def test_population_is_that_of_the_yearly_compilation(
    everything: Path, shared: Path, year: str, level: str, number: int
) -> None:
    ours = figures(everything, "v1101_t", level, year)
    rows = table(shared / "data" / f"vandenbroucke-{year}" / "belgian_municipalities.csv")
    theirs = {r["NIS_code"]: whole_number(r["inhabitants"]) for r in rows}
    assert len(ours) == number
    assert ours.keys() == theirs.keys() - walloon(level)
    assert ours == {code: theirs[code] for code in ours}


def test_population_of_2020_is_that_of_statbels_own_table(released: Path, shared: Path) -> None:
    rows = {r["NIS code"]: r for r in table(shared / "data/bmesuere-belgium-topojson/bevolking_per_gemeente.csv")}
    equal = 0
    for onderwerp, column in (("v1101_t", "Totaal"), ("v1101_m", "Mannen"), ("v1101_v", "Vrouwen")):
        theirs = {code: int(r[column]) for code, r in rows.items()}
        ours = figures(released, onderwerp, "gemeente2024", "2020")
        assert ours == {code: theirs[code] for code in ours}
        equal += len(ours)
        regions = figures(released, onderwerp, "gewest", "2020")
        assert regions == {code: theirs[code] for code in regions}
        provinces = figures(released, onderwerp, "provincie", "2020")
        moved = {code: n - theirs[code] for code, n in provinces.items() if n != theirs[code]}
        assert moved == {ANTWERPEN: -ours[ZWIJNDRECHT], OOST_VLAANDEREN: ours[ZWIJNDRECHT]}
    assert equal == 3 * 319


def test_our_successors_are_those_of_provincies_in_cijfers(shared: Path) -> None:
    theirs = pairs(shared / "data/pinc-gebiedsniveaus/aggregatietabellen/gemeente2024_gemeente.xlsx")
    with areas() as con:
        ours = dict(
            con.execute(
                "SELECT van, naar FROM gebied_relatie WHERE (van_niveau, naar_niveau) = ('gemeente2024', 'gemeente')"
            ).fetchall()
        )
    assert (len(theirs), len(ours)) == (323, 585)
    assert {code: ours.get(code) for code in theirs} == theirs
    assert set(ours) - set(theirs) == walloon("gemeente2024"), "they have no Walloon municipality"


def test_permits_of_municipalities_against_the_publishers_provinces_and_regions(everything: Path) -> None:
    given = tuple(o for o, t in load_topics().items() if t.measured and "statbel_bouwvergunningen" in t.bron)
    rows = query(
        everything,
        f"""
        WITH w AS (FROM mart.waarneming WHERE onderwerp IN {given}), som AS (
          SELECT onderwerp, periode, naar_niveau AS gebiedsniveau, naar AS gebied, SUM(waarde) AS som
          FROM w JOIN mart.gebied_relatie AS r ON van_niveau = gebiedsniveau AND van = gebied
          WHERE van_niveau = 'gemeente' GROUP BY ALL)
        SELECT gebiedsniveau, gebied, periode[:4], COUNT(*) FILTER (WHERE som = waarde),
          COUNT(*) FILTER (WHERE som <> waarde), MAX(som - waarde)
        FROM som JOIN w USING (onderwerp, periode, gebiedsniveau, gebied)
        WHERE gebiedsniveau = 'gewest' OR gebiedsniveau = 'provincie' AND gebied <> '04000' GROUP BY ALL ORDER BY ALL
        """,
    )
    found: dict[tuple[str, str], list[str]] = {}
    for level, area, year, _, different, _ in rows:
        found.setdefault((level, area), [])
        if different:
            found[level, area].append(f"{different} different in {year}")
    equal = {key: sum(e for level, area, _, e, *_ in rows if (level, area) == key) for key in found}
    assert {key: ", ".join([*said, f"{equal[key]} equal"]) for key, said in found.items()} == PERMITS
    assert max(gap for *_, gap in rows) == 0, "municipalities never have more than their province or region"


def test_the_differences_are_those_between_the_publishers_rows_and_our_sums_of_the_shown(everything: Path) -> None:
    """Both ways: a row wherever the publisher gives a province or region and every municipality of it."""
    rows = query(
        everything,
        """
        WITH w AS (
          FROM mart.waarneming WHERE bron = 'statbel_bouwvergunningen'
            AND onderwerp IN (SELECT onderwerp FROM mart.onderwerp WHERE aggregatie = 'som')
        ), som AS (
          SELECT onderwerp, naar_niveau AS gebiedsniveau, naar AS gebied, periode, SUM(waarde) AS som
          FROM w JOIN mart.gebied_relatie AS r ON van_niveau = gebiedsniveau AND van = gebied
          WHERE van_niveau = 'gemeente' GROUP BY ALL HAVING BOOL_AND(status = 'ok'))
        SELECT onderwerp, gebiedsniveau, gebied, periode, waarde, som, waarde - som
        FROM w JOIN som USING (onderwerp, gebiedsniveau, gebied, periode)
        WHERE status = 'ok' AND (gebiedsniveau = 'gewest' OR gebiedsniveau = 'provincie' AND gebied <> '04000')
        """,
    )
    found = query(everything, "SELECT * EXCLUDE bron FROM mart.verschil WHERE bron = 'statbel_bouwvergunningen'")
    assert set(found) == set(rows)
    seen, different = len(found), sum(gap != 0 for *_, gap in found)
    said = query(
        everything,
        "SELECT gezien, afwijkend, ernst, uitslag FROM mart.kwaliteit "
        "WHERE controle = 'som_van_delen' AND bron = 'statbel_bouwvergunningen'",
    )
    assert said == [(seen, different, "waarschuwing", "gefaald")]
    assert seen > 7000


def test_crime_of_municipalities_against_the_publishers_provinces(everything: Path) -> None:
    """A fact without a municipality (99991) has a province all the same: nothing else lies between the two."""
    with accepted(everything, "politie_criminaliteit") as con:
        rows = con.execute(
            """
            WITH via AS (
              SELECT a.van AS gebied, CASE a.van WHEN $moved THEN $before ELSE b.naar END AS provincie
              FROM gebied_relatie AS a JOIN gebied_relatie AS b ON b.van_niveau = 'gemeente' AND b.van = a.naar
              WHERE a.van_niveau = 'gemeente2024' AND a.naar_niveau = 'gemeente' AND b.naar_niveau = 'provincie'
            ), som AS (
              SELECT onderwerp, jaar, provincie AS gebied, SUM(waarde) AS som
              FROM kandidaat JOIN via USING (gebied) WHERE gebiedsniveau = 'gemeente2024' GROUP BY ALL)
            SELECT onderwerp, jaar, gebied, waarde - som FROM som JOIN kandidaat USING (onderwerp, jaar, gebied)
            WHERE gebiedsniveau = 'provincie2024'
            """,
            {"moved": ZWIJNDRECHT, "before": ANTWERPEN},
        ).fetchall()
        nowhere = con.execute("SELECT onderwerp, jaar, waarde FROM kandidaat WHERE gebied = '99991'").fetchall()
    different: dict[str, int] = {}
    gaps: dict[tuple[str, int], int] = {}
    for onderwerp, year, province, gap in rows:
        different[province] = different.get(province, 0) + (gap != 0)
        gaps[onderwerp, year] = gaps.get((onderwerp, year), 0) + gap
    assert len(rows) == 6 * 33 * 13
    assert different == {ANTWERPEN: 0, "20001": 284, "30000": 8, OOST_VLAANDEREN: 0, "70000": 0, "04000": 0}
    assert gaps == {(onderwerp, year): n for onderwerp, year, n in nowhere}
