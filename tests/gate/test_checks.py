"""Every check of the five datasets of the fixtures can fail: each has a seeded (synthetic) defect here.

The checks of the other datasets are tripped in test_proven.py, on the publisher's own file.
"""

from pathlib import Path

import duckdb
import pytest

from pipelines.describe.expectations import load_checks
from pipelines.describe.specs import load_datasets
from pipelines.gate import judge
from pipelines.gate.checks import compile_checks
from pipelines.gate.described import Compiled
from pipelines.home import now
from pipelines.landing.areas import load_areas
from tests.helpers import BUILT_IN, accepted

SPECS = {name: load_datasets()[name] for name in BUILT_IN}
CHECKS = {(name, c.check.id): c for name, spec in SPECS.items() for c in compile_checks(spec) if not c.reading}
GENT = "gebied = '44021'"
LEVEL = {"statbel_bouwvergunningen": "gemeente", "statbel_inkomen_sector": "statsec2019"}
MEASURE = {
    "statbel_bevolking": "aantal",
    "statbel_armoederisico": "mediaan_inkomen",
    "statbel_bouwvergunningen": "woningen",
    "statbel_inkomen_sector": "aangiften",
    "politie_criminaliteit": "waarde",
}
WHOLE = None  # the fault is not one area's


def contract(dataset: str) -> dict[tuple[str, str], tuple[str, object]]:
    """Defects for the checks that follow from a dataset's own spec."""
    unit = (LEVEL.get(dataset, "gemeente2024"), "44021")
    last = {"statbel_bevolking": 2021, "statbel_armoederisico": 2022, "statbel_bouwvergunningen": 2024}.get(
        dataset, 2020
    )
    ahead = SPECS[dataset].dekking.tot or now().year
    gent = f"{SPECS[dataset].unit} = '44021' AND jaar = {last}"
    return {
        (dataset, "sleutel"): (f"INSERT INTO kandidaat SELECT * FROM kandidaat WHERE {gent} LIMIT 1", unit),
        (dataset, "dekking"): (f"DELETE FROM kandidaat WHERE {gent}", unit),
        (dataset, "periode_alleen"): (f"UPDATE kandidaat SET jaar = {ahead} WHERE {gent}", unit),
        (dataset, "periode"): (f"UPDATE kandidaat SET jaar = 2999 WHERE {gent}", unit),
        (dataset, "gevuld"): (f"UPDATE kandidaat SET {MEASURE[dataset]} = NULL WHERE jaar = {last}", WHOLE),
    }


def news(last: int, change: str, older: str = "") -> str:
    """A new year on top of the accepted ones, with a fault in it."""
    return (
        f"CREATE TABLE eerder AS SELECT * FROM kandidaat WHERE jaar < {last}; {older}"
        "CREATE OR REPLACE VIEW vorige AS FROM eerder; "
        f"DELETE FROM kandidaat WHERE jaar <> {last}; {change}"
    )


def history(dataset: str, last: int, unit: tuple[str, str]) -> dict[tuple[str, str], tuple[str, object]]:
    """Defects for the checks against accepted versions: one area a hundred times as high, all ten times, a copy of the
    year before of one and of all, one number for all, and an area that is gone."""
    (level, area), measure = unit, MEASURE[dataset]
    here = f"gebiedsniveau = '{level}' AND {SPECS[dataset].unit} = '{area}'"
    # income has one year only: two years before it are made from it
    older = (
        "INSERT INTO eerder SELECT kandidaat.* REPLACE (jaar - y AS jaar, "
        "aangiften * (100 - y) // 100 + y AS aangiften, inkomen * (100 - y) // 100 + y AS inkomen, "
        "gemiddelde - y AS gemiddelde, mediaan - y AS mediaan) "
        "FROM kandidaat, range(1, 3) AS r(y); "
        if dataset == "statbel_inkomen_sector"
        else ""
    )
    copy = f"INSERT INTO kandidaat SELECT * REPLACE ({last} AS jaar) FROM eerder WHERE jaar = {last - 1}"
    found = {
        (dataset, "reeks"): (news(last, f"UPDATE kandidaat SET {measure} = 100 * {measure} WHERE {here}", older), unit),
        (dataset, "reeks_geheel"): (news(last, f"UPDATE kandidaat SET {measure} = 10 * {measure}", older), WHOLE),
        (dataset, "oude_kopie"): (news(last, f"DELETE FROM kandidaat; {copy}", older), WHOLE),
        (dataset, "oude_kopie_gebied"): (
            news(last, f"DELETE FROM kandidaat WHERE {here}; {copy} AND {here}", older),
            unit,
        ),
        (dataset, "constant"): (news(last, f"UPDATE kandidaat SET {measure} = 30", older), WHOLE),
        (dataset, "verdwenen"): (news(last, f"DELETE FROM kandidaat WHERE {here}", older), unit),
    }
    return {k: v for k, v in found.items() if k in CHECKS}


IN_2024, TODAY, SECTOR = ("gemeente2024", "44021"), ("gemeente", "44021"), ("statsec2019", "44021")
HISTORY = (
    history("statbel_bevolking", 2021, IN_2024)
    | history("statbel_armoederisico", 2022, IN_2024)
    | history("statbel_bouwvergunningen", 2022, TODAY)
    | history("statbel_inkomen_sector", 2020, SECTOR)
    | history("politie_criminaliteit", 2019, IN_2024)
)
DEFECTS: dict[tuple[str, str], tuple[str, object]] = (
    {k: v for d in SPECS for k, v in contract(d).items()}
    | HISTORY
    | {
        ("statbel_bevolking", "herziening"): (
            f"UPDATE kandidaat SET aantal = aantal * 1.5 WHERE {GENT} AND jaar = 2020 AND leeftijd_van = 18",
            IN_2024,
        ),
        ("statbel_armoederisico", "herziening"): (
            f"UPDATE kandidaat SET armoederisico = armoederisico * 1.5 WHERE {GENT} AND jaar = 2019",
            IN_2024,
        ),
        ("statbel_armoederisico", "getal"): (
            f"UPDATE kandidaat SET armoederisico = 'nan' WHERE {GENT} AND jaar = 2019",
            IN_2024,
        ),
        ("statbel_inkomen_sector", "herziening"): (
            "UPDATE kandidaat SET aangiften = aangiften * 1.5 WHERE gebied = "
            "(SELECT arg_max(gebied, aangiften) FROM kandidaat WHERE gemeente = '44021')",
            SECTOR,
        ),
        ("statbel_bouwvergunningen", "delen_en_geheel"): (
            "DELETE FROM kandidaat WHERE gebiedsniveau = 'gewest' AND gebied <> '04000'; "
            + news(2024, "UPDATE kandidaat SET woningen = woningen * 1.5 WHERE gebied = '21004'"),
            ("gemeente", "21004"),
        ),
        ("politie_criminaliteit", "delen_en_geheel"): (
            news(2019, f"UPDATE kandidaat SET waarde = waarde * 1.5 WHERE {GENT}"),
            IN_2024,
        ),
        ("statbel_armoederisico", "dekking_uitzondering"): (
            f"INSERT INTO kandidaat SELECT * REPLACE ('73028' AS gebied) FROM kandidaat WHERE {GENT} AND jaar = 2022",
            ("gemeente2024", "73028"),
        ),
        ("statbel_bouwvergunningen", "dekking_uitzondering"): (
            "INSERT INTO kandidaat SELECT * REPLACE ('provincie' AS gebiedsniveau, '04000' AS gebied) FROM kandidaat "
            f"WHERE {GENT} AND jaar = 2024",
            ("provincie", "04000"),
        ),
        ("statbel_bevolking", "beide_geslachten"): (
            f"UPDATE kandidaat SET geslacht = 'man' WHERE {GENT} AND jaar = 2021",
            IN_2024,
        ),
        ("statbel_bevolking", "leeftijd_bestaat"): (
            f"UPDATE kandidaat SET leeftijd_tot = 200 WHERE {GENT} AND jaar = 2021 AND leeftijd_van = 80",
            IN_2024,
        ),
        ("statbel_bevolking", "leeftijden_volledig"): (
            f"DELETE FROM kandidaat WHERE {GENT} AND jaar = 2021 AND leeftijd_van >= 65",
            IN_2024,
        ),
        ("statbel_bevolking", "aantal_positief"): (
            f"UPDATE kandidaat SET aantal = 0 WHERE {GENT} AND jaar = 2021 AND leeftijd_van = 80 AND geslacht = 'man'",
            IN_2024,
        ),
        ("statbel_bevolking", "niveausprong"): (
            f"UPDATE kandidaat SET aantal = aantal * 2 WHERE {GENT} AND jaar = 2021",
            IN_2024,
        ),
        ("statbel_bevolking", "tegen_bevolking_totaal"): (  # the other publisher's figures are synthetic: the same
            "CREATE TABLE anders AS SELECT gebiedsniveau, gebied, jaar, SUM(aantal) FILTER (WHERE geslacht = 'man') "
            "AS mannen, SUM(aantal) FILTER (WHERE geslacht = 'vrouw') AS vrouwen FROM kandidaat GROUP BY ALL; "
            "CREATE OR REPLACE VIEW statbel_bevolking_totaal AS FROM anders; UPDATE kandidaat SET aantal = aantal + 1 "
            f"WHERE {GENT} AND jaar = 2021 AND leeftijd_van = 80 AND geslacht = 'man'",
            IN_2024,
        ),
        ("statbel_bevolking", "oude_kopie"): ("UPDATE kandidaat SET jaar = 2022 WHERE jaar = 2021", WHOLE),
        ("statbel_armoederisico", "armoederisico_is_percentage"): (
            f"UPDATE kandidaat SET armoederisico = armoederisico / 100 WHERE {GENT} AND jaar = 2022",
            IN_2024,
        ),
        ("statbel_armoederisico", "mediaan_in_euro"): (
            f"UPDATE kandidaat SET mediaan_inkomen = mediaan_inkomen / 1000 WHERE {GENT} AND jaar = 2022",
            IN_2024,
        ),
        ("statbel_armoederisico", "niveausprong_mediaan"): (
            f"UPDATE kandidaat SET mediaan_inkomen = mediaan_inkomen * 1.5 WHERE {GENT} AND jaar = 2022",
            IN_2024,
        ),
        ("statbel_armoederisico", "niveausprong_armoederisico"): (
            f"UPDATE kandidaat SET armoederisico = armoederisico * 2 WHERE {GENT} AND jaar = 2022",
            IN_2024,
        ),
        ("statbel_armoederisico", "weinig_leeg"): (
            "UPDATE kandidaat SET armoederisico = NULL, armoederisico_status = 'onbekend' WHERE gebied < '24000'",
            WHOLE,
        ),
        ("statbel_bouwvergunningen", "maand_bestaat"): (
            f"UPDATE kandidaat SET maand = 13 WHERE {GENT} AND jaar = 2020 AND maand = 12",
            WHOLE,
        ),
        ("statbel_bouwvergunningen", "niet_negatief"): (
            f"UPDATE kandidaat SET renovaties = -1 WHERE {GENT} AND jaar = 2020 AND maand = 4",
            TODAY,
        ),
        ("statbel_bouwvergunningen", "maanden_tegen_jaar"): (
            f"UPDATE kandidaat SET woningen = woningen + 1 WHERE {GENT} AND jaar = 2020 AND maand = 4",
            TODAY,
        ),
        ("statbel_bouwvergunningen", "appartementen_deel_van_woningen"): (
            f"UPDATE kandidaat SET appartementen = woningen + 1 WHERE {GENT} AND jaar = 2020 AND maand = 4",
            TODAY,
        ),
        ("statbel_bouwvergunningen", "gewest_tegen_provincies"): (
            "UPDATE kandidaat SET woningen = woningen + 100 WHERE gebied = '02000' AND jaar = 2020 AND maand = 4",
            WHOLE,
        ),
        ("statbel_bouwvergunningen", "herziening"): (
            f"UPDATE kandidaat SET woningen = woningen * 3 WHERE {GENT} AND jaar = 2020",
            TODAY,
        ),
        ("statbel_bouwvergunningen", "niveausprong"): (
            f"UPDATE kandidaat SET woningen = woningen * 10 WHERE {GENT} AND jaar = 2024",
            TODAY,
        ),
        ("statbel_inkomen_sector", "gemiddelde_is_totaal_per_aangifte"): (
            "UPDATE kandidaat SET gemiddelde = gemiddelde + 1 WHERE gebied = '44021A001' OR gemeente = '44021'",
            SECTOR,
        ),
        ("statbel_inkomen_sector", "mediaan_in_euro"): (
            "UPDATE kandidaat SET mediaan = mediaan // 1000 WHERE gemeente = '44021'",
            SECTOR,
        ),
        ("statbel_inkomen_sector", "gemiddelde_in_euro"): (
            "UPDATE kandidaat SET inkomen = inkomen * 10, gemiddelde = gemiddelde * 10 WHERE gemeente = '44021'",
            SECTOR,
        ),
        ("statbel_inkomen_sector", "weinig_verborgen"): (
            "UPDATE kandidaat SET inkomen = NULL, inkomen_status = 'verborgen' WHERE gemeente < '40000'",
            WHOLE,
        ),
        ("statbel_inkomen_sector", "gemeente_bekend"): (
            "UPDATE kandidaat SET gemeente = '44021' WHERE gebied = '11001A00-'",
            SECTOR,
        ),
        ("statbel_inkomen_sector", "niveausprong"): (
            "UPDATE kandidaat SET aangiften = aangiften * 2, inkomen = inkomen * 2 WHERE gemeente = '44021'",
            SECTOR,
        ),
        ("politie_criminaliteit", "niet_negatief"): (
            f"UPDATE kandidaat SET waarde = -1 WHERE {GENT} AND jaar = 2020 AND onderwerp = 'v2801_vh_moord'",
            IN_2024,
        ),
        ("politie_criminaliteit", "deel_van_totaal"): (
            f"UPDATE kandidaat SET waarde = 40000 WHERE {GENT} AND jaar = 2020 AND onderwerp = 'v2801_vh_ds_tot'",
            IN_2024,
        ),
        ("politie_criminaliteit", "niveausprong"): (
            f"UPDATE kandidaat SET waarde = waarde * 3 WHERE {GENT} AND jaar = 2020",
            IN_2024,
        ),
        ("politie_criminaliteit", "herziening"): (
            f"UPDATE kandidaat SET waarde = 4 * waarde WHERE {GENT} AND jaar = 2020 "
            "AND onderwerp = 'v2801_vh_ds_fiets'",
            IN_2024,
        ),
        ("politie_criminaliteit", "gemeenten_tegen_provincies"): (
            f"UPDATE kandidaat SET waarde = waarde + 1 WHERE {GENT} AND jaar = 2020 AND onderwerp = 'v2801_vh_totcrim'",
            WHOLE,
        ),
    }
)


def test_a_day_that_is_still_to_come_is_held() -> None:
    spec = load_datasets()["telraam_tellingen"]
    (check,) = (c for c in compile_checks(spec) if c.check.id == "periode")
    day = "SELECT 'gemeente' AS gebiedsniveau, '34022' AS gebied, YEAR(t) AS jaar, t AS tijd FROM (SELECT {} AS t)"
    with duckdb.connect() as con:
        load_areas(con)
        con.execute("CREATE TABLE vorige (jaar INT)")
        for moment, state in (
            ("TIMESTAMP '2026-01-05 10:00'", "geslaagd"),
            ("now()::TIMESTAMP + INTERVAL 2 DAY", "gefaald"),
        ):
            con.execute(f"CREATE OR REPLACE TABLE kandidaat AS {day.format(moment)}")
            assert judged(con, check)["periode"].uitslag == state


def judged(con: duckdb.DuckDBPyConnection, *checks: Compiled) -> dict[str, judge.Outcome]:
    return {o.controle: o for o in judge.run_checks(con, list(checks), 60)}


@pytest.fixture(scope="module")
def clean(landed: Path) -> dict[str, dict[str, judge.Outcome]]:
    """What every check says of the accepted figures."""
    found = {}
    for name, spec in SPECS.items():
        with accepted(landed, name) as con:
            found[name] = judged(con, *compile_checks(spec))
    return found


def test_every_dataset_has_checks_of_its_own_and_of_its_contract() -> None:
    for name in SPECS:
        own = {c.id for c in load_checks(name)}
        assert own
        assert {c for d, c in CHECKS if d == name} >= own | {"sleutel", "dekking", "periode"}


def test_every_defect_is_for_a_check_that_exists() -> None:
    assert set(DEFECTS) - set(CHECKS) == set()


@pytest.mark.proof
@pytest.mark.parametrize("dataset", SPECS)
def test_accepted_figures_pass_every_check_that_blocks(clean, dataset: str) -> None:
    outcomes = clean[dataset].values()
    assert [o.boodschap for o in outcomes if o.uitslag in ("gefaald", "fout") and o.ernst == "blokkerend"] == []
    assert [o for o in outcomes if o.gezien == 0 and o.uitslag != "nvt"] == []


@pytest.mark.proof
@pytest.mark.parametrize("name", CHECKS, ids=" ".join)
def test_a_check_fails_on_its_defect(clean, landed: Path, name: tuple[str, str]) -> None:
    assert name in DEFECTS, f"no seeded defect trips check {name[1]} of {name[0]}; add one to DEFECTS"
    defect, unit = DEFECTS[name]
    with accepted(landed, name[0]) as con:
        con.execute(defect)
        outcome = judged(con, CHECKS[name])[name[1]]
    before = clean[name[0]][name[1]]
    assert outcome.uitslag == "gefaald"
    assert outcome.afwijkend > before.afwijkend
    assert outcome.boodschap.startswith(f"check '{name[1]}'")
    new = set(outcome.eenheden) - set(before.eenheden)
    assert new == (set() if unit is WHOLE else {unit})
