"""The municipalities of any year: full series on each version, a query on one of them, and what a merger changes."""

import json
from pathlib import Path

import duckdb
import pytest

from pipelines.describe.catalogue import load_cities
from pipelines.publish.releases import facts_of
from tests.helpers import KEY, VERSIONS, areas, obmi, query, reading, value

MERGERS_2019 = {
    "12041": {"12030", "12034"},
    "44083": {"44011", "44049"},
    "44084": {"44001", "44029"},
    "44085": {"44036", "44072", "44080"},
    "45068": {"45017", "45057"},
    "72042": {"71047", "72040"},
    "72043": {"72025", "72029"},
}
MERGERS_2025 = {
    "11002": {"11002", "11007"},
    "23106": {"23023", "23024", "23032"},
    "37021": {"37012", "37018"},
    "37022": {"37007", "37015"},
    "44086": {"44012", "44048"},
    "44087": {"44034", "44073"},
    "46029": {"46014", "44045"},
    "44088": {"44040", "44043"},
    "46030": {"46003", "46013", "11056"},
    "73110": {"73006", "73032"},
    "73111": {"73009", "73083"},
    "71071": {"71069", "71057"},
    "71072": {"71022", "73040"},
}


def row(home: Path, onderwerp: str, niveau: str, gebied: str, periode: str) -> tuple:
    """Value, status and reason of the one row for a figure."""
    (found,) = query(
        home,
        "SELECT waarde, status, reden FROM mart.waarneming WHERE (onderwerp, gebiedsniveau, gebied, periode) = "
        f"('{onderwerp}', '{niveau}', '{gebied}', '{periode}')",
    )
    return found


def asked(*args: str | Path) -> list[dict]:
    """Rows of an `obmi query`."""
    result = obmi("query", "--format=json", *args)
    assert result.code == 0, result.err
    return json.loads(result.out)


def diff(*args: str | Path) -> dict:
    """What `obmi gebieden diff --json` says."""
    result = obmi("gebieden", "diff", *args, "--json")
    assert result.code == 0, result.err
    return json.loads(result.out)


@pytest.mark.parametrize("periode", ["2018", "2021"])
def test_hasselt_is_there_on_the_territory_of_every_year(released: Path, periode: str) -> None:
    alone = {v: value(released, "v1101_t", "71022", periode, v) for v in ("gemeente2018", "gemeente2024")}
    assert set(alone.values()) == {{"2018": 77651, "2021": 79089}[periode]}
    kortessem = value(released, "v1101_t", "73040", periode, "gemeente2024")
    assert value(released, "v1101_t", "71072", periode) == alone["gemeente2024"] + kortessem


def test_what_was_published_before_a_merger_is_summed_into_the_version_after_it(released: Path) -> None:
    for new, parts in MERGERS_2019.items():
        whole = sum(value(released, "v1101_t", part, "2018", "gemeente2018") for part in parts)
        assert value(released, "v1101_t", new, "2018", "gemeente2024") == whole > 0


@pytest.mark.parametrize(
    ("onderwerp", "periode", "published", "older", "mergers"),
    [
        ("v1101_t", "2021", "gemeente2024", "gemeente2018", MERGERS_2019),
        ("vp3101_arop", "2022", "gemeente2024", "gemeente2018", MERGERS_2019),
        ("v2207_woningen", "2024", "gemeente", "gemeente2024", MERGERS_2025),
        ("v2207_woningen", "2024", "gemeente", "gemeente2018", MERGERS_2025 | MERGERS_2019),
    ],
)
def test_what_was_published_later_goes_back_only_to_areas_that_did_not_change(
    released: Path, onderwerp: str, periode: str, published: str, older: str, mergers: dict
) -> None:
    found = {
        (niveau, gebied): rest
        for niveau, gebied, *rest in query(
            released,
            "SELECT gebiedsniveau, gebied, waarde, status, reden FROM mart.waarneming "
            f"WHERE onderwerp = '{onderwerp}' AND periode = '{periode}'",
        )
    }
    into = {part: new for new, parts in mergers.items() for part in parts}
    old = {gebied for niveau, gebied in found if niveau == older}
    assert set(into) < old
    for gebied in old - set(into):
        assert found[older, gebied] == found[published, gebied]
    for gebied, new in into.items():
        listed = " + ".join(sorted(mergers[new]))
        assert found[older, gebied] == [None, "onbekend", f"niet te splitsen over de fusie {listed} → {new}"]


def test_what_cannot_be_aggregated_is_not_summed_into_any_version(released: Path) -> None:
    assert row(released, "vp3101_arop", "gemeente2024", "71022", "2022")[1] == "ok"
    assert row(released, "vp3101_arop", "gemeente2018", "71022", "2022")[1] == "ok"
    assert row(released, "vp3101_arop", "gemeente", "71072", "2022")[1:] == (
        "onbekend",
        "niet aggregeerbaar over de fusie 71022 + 73040 → 71072",
    )
    medians = f"onderwerp = 'vg3102_mediaan' AND gebiedsniveau IN {VERSIONS}"
    assert query(released, f"SELECT COUNT(waarde), COUNT(*) > 900 FROM mart.waarneming WHERE {medians}") == [(0, True)]


def test_a_ratio_is_the_sums_divided_on_every_version(released: Path) -> None:
    assert row(released, "vp1101_65p", "gemeente2024", "12041", "2018")[1] == "ok"
    for level, code, year in (("gemeente2024", "12041", "2018"), ("gemeente2018", "44021", "2021")):
        share, old, all_ = (value(released, o, code, year, level) for o in ("vp1101_65p", "v1101_65p", "v1101_t"))
        assert share == pytest.approx(old / all_ * 100, rel=1e-12)
    assert row(released, "vp1101_65p", "gemeente2018", "12030", "2021") == (
        None,
        "onbekend",
        "teller: niet te splitsen over de fusie 12030 + 12034 → 12041",
    )


def test_sectors_are_summed_into_every_version(released: Path) -> None:
    of_hasselt = {v: value(released, "v3102_aangiften", "71022", "2020", v) for v in ("gemeente2018", "gemeente2024")}
    kortessem = value(released, "v3102_aangiften", "73040", "2020", "gemeente2024")
    assert len(set(of_hasselt.values())) == 1
    assert value(released, "v3102_aangiften", "71072", "2020") == of_hasselt["gemeente2024"] + kortessem


def test_sums_of_a_region_are_the_same_on_every_version(released: Path) -> None:
    """Where no part is missing: the older versions lose nothing and count nothing twice."""
    rows = query(
        released,
        "SELECT onderwerp, periode, gewest, gebiedsniveau, SUM(waarde) FROM mart.waarneming AS w "
        "JOIN mart.gebied USING (gebiedsniveau, gebied) JOIN mart.onderwerp USING (onderwerp) "
        f"WHERE aggregatie = 'som' AND gebiedsniveau IN {VERSIONS} "
        "GROUP BY ALL HAVING BOOL_AND(w.status = 'ok')",
    )
    sums: dict[tuple, dict[str, float]] = {}
    for onderwerp, periode, gewest, niveau, total in rows:
        sums.setdefault((onderwerp, periode, gewest), {})[niveau] = total
    compared = {key: s for key, s in sums.items() if len(s) > 1}
    assert {key[2] for key in compared} == {"02000", "04000"}
    assert {level for s in compared.values() for level in s} == set(VERSIONS)
    assert [key for key, s in compared.items() if len(set(s.values())) > 1] == []


def test_months_stay_on_the_version_that_they_are_published_on(released: Path) -> None:
    where = "LENGTH(periode) > 4 AND gebiedsniveau LIKE 'gemeente%'"
    sql = f"SELECT DISTINCT gebiedsniveau FROM mart.waarneming WHERE {where}"
    assert query(released, sql) == [("gemeente",)]


def test_every_subject_has_every_area_of_every_version_in_the_same_years(released: Path) -> None:
    found = query(
        released,
        "SELECT onderwerp, periode FROM mart.waarneming "
        f"WHERE gebiedsniveau IN {VERSIONS} AND LENGTH(periode) = 4 "
        "GROUP BY ALL HAVING COUNT(DISTINCT gebiedsniveau) <> 3 OR "
        f"COUNT(*) <> (SELECT COUNT(*) FROM mart.gebied WHERE gebiedsniveau IN {VERSIONS})",
    )
    assert found == []


@pytest.mark.proof
@pytest.mark.parametrize(
    ("year", "level"), [(2018, VERSIONS[0]), (2019, VERSIONS[1]), (2024, VERSIONS[1]), (2025, VERSIONS[2])]
)
@pytest.mark.parametrize("city", [None, "hasselt"])
def test_a_query_shows_the_municipalities_of_a_year(at_released: Path, year: int, level: str, city: str | None) -> None:
    where = ["--city", city] if city else []
    numbers = f"SELECT gebiedsniveau, COUNT(*) AS n, BIT_XOR(HASH({KEY}, waarde, status, reden))::TEXT AS content"
    shown = asked(*where, "--territory", str(year), f"{numbers} FROM mart.waarneming GROUP BY ALL ORDER BY ALL")
    macro = asked(*where, f"{numbers} FROM mart.op_grondgebied({year}) GROUP BY ALL ORDER BY ALL")
    renamed = (
        f"SELECT * REPLACE (IF(gebiedsniveau = '{level}', 'gemeente', gebiedsniveau) AS gebiedsniveau) "
        f"FROM mart.waarneming WHERE gebiedsniveau NOT IN {VERSIONS} OR gebiedsniveau = '{level}'"
    )
    plain = asked(*where, f"{numbers} FROM ({renamed}) GROUP BY ALL ORDER BY ALL")
    assert shown == macro == plain
    assert [r["gebiedsniveau"] for r in shown if r["gebiedsniveau"].startswith("gemeente")] == ["gemeente"]


@pytest.mark.proof
def test_names_and_other_tables_are_there_on_the_territory_of_a_year(at_released: Path) -> None:
    rows = asked(
        "--territory=2024",
        "SELECT naam, waarde FROM mart.waarneming JOIN mart.gebied USING (gebiedsniveau, gebied) "
        "WHERE (onderwerp, periode, gebiedsniveau) = ('v1101_t', '2021', 'gemeente') AND gebied IN ('71022', '73040')",
    )
    assert sorted((r["naam"], r["waarde"]) for r in rows) == [("Hasselt", 79089), ("Kortessem", 8443)]
    (today,) = asked("--territory=2024", "SELECT DISTINCT gebied FROM profiel WHERE stad = 'hasselt'")
    assert today["gebied"] == "71072"
    (other,) = asked("--territory=2024", "SELECT COUNT(*) AS n FROM mart.op_grondgebied(2018) WHERE gebied = '12030'")
    assert other["n"] > 0


@pytest.mark.proof
@pytest.mark.parametrize("year", ["2017", "2100"])
def test_a_year_without_a_territory_is_refused_in_one_sentence(at_released: Path, year: str) -> None:
    for result in (
        obmi("query", "--territory", year, "SELECT 1"),
        obmi("query", f"SELECT * FROM mart.op_grondgebied({year})"),
        obmi("gebieden", "diff", "2018", year),
    ):
        assert result.code == 30
        assert f"not in {year}; ask for a year in between" in result.err
        assert "known from 2018 to 20" in result.err
        assert len(result.err.splitlines()) == 1


@pytest.mark.parametrize("city", [None, *(c.stad for c in load_cities())])
def test_other_tools_find_the_macro_described_in_every_file(released: Path, city: str | None) -> None:
    with reading(released, city) as con:
        ((comment,),) = con.execute(
            "SELECT comment FROM duckdb_functions() WHERE schema_name = 'mart' AND function_name = 'op_grondgebied'"
        ).fetchall()
        assert "mart.op_grondgebied(2024)" in comment
        assert con.execute("SELECT COUNT(*) > 0 FROM mart.op_grondgebied(2018)").fetchone() == (True,)


def test_a_release_from_before_there_were_territories_says_so(home: Path) -> None:
    """Synthetic: the release without its macro."""
    path = (home / "current").resolve() / "obmi.duckdb"
    manifest = path.with_name("manifest.json")
    whole = path.read_bytes()
    path.unlink()  # it is linked to that of the home that every test reads
    path.write_bytes(whole)
    con = duckdb.connect(str(path))
    con.execute("DROP MACRO TABLE mart.op_grondgebied")
    con.close()
    facts = json.loads(manifest.read_text(encoding="utf-8"))
    facts["bestanden"]["obmi.duckdb"] = facts_of(path)
    manifest.write_text(json.dumps(facts), encoding="utf-8")
    result = obmi("query", "--territory=2024", "SELECT 1")
    assert (result.code, len(result.err.splitlines())) == (30, 1)
    assert "made before there were territories" in result.err


@pytest.mark.parametrize("versions", [("2024", "2025"), ("gemeente2024", "gemeente")])
def test_the_mergers_of_2025_and_what_they_cost_our_cities(at_released: Path, versions: tuple[str, str]) -> None:
    found = diff(*versions)
    assert {c["gebied"]: {d["gebied"] for d in c["delen"]} for c in found["fusies"]} == MERGERS_2025
    assert [c["gebied"] for c in found["fusies"] if c["code_blijft"]] == ["11002"]
    assert found["hernummerd"] == []
    assert set(found["nieuwe_codes"]) == set(MERGERS_2025) - {"11002"}
    assert set(found["verdwenen_codes"]) == set().union(*MERGERS_2025.values()) - {"11002"}
    (moved,) = found["andere_provincie"]
    assert (moved["naam"], moved["in"], moved["van"]["gebied"], moved["naar"]["gebied"]) == (
        "Zwijndrecht",
        "46030",
        "10000",
        "40000",
    )
    assert set(found["steden"]) == {c.stad for c in load_cities()}
    assert {name for name, c in found["steden"].items() if c["onderwerpen"]} == {"antwerpen", "hasselt"}
    years = 8  # 2015 to 2022
    for name in ("antwerpen", "hasselt"):
        lost = {s["onderwerp"]: s["leeg"] for s in found["steden"][name]["onderwerpen"] if s["leeg"]}
        assert lost == {"vg3101_mediaan": years, "vp3101_arop": years}
    assert found["totaal"]["leeg"] == 4 * years


def test_the_cells_of_a_diff_are_those_of_the_release(at_released: Path) -> None:
    """Both ways: what becomes empty and what becomes a sum, counted from the rows themselves."""
    counted = asked(
        "SELECT n.gebied, n.onderwerp, COUNT(*) FILTER (WHERE n.status = 'ok') AS som, "
        "COUNT(*) FILTER (WHERE n.reden LIKE 'niet aggregeerbaar%') AS leeg FROM mart.waarneming AS n "
        "WHERE n.gebiedsniveau = 'gemeente' AND n.gebied IN ('11002', '71072') AND EXISTS (SELECT 1 "
        "FROM mart.waarneming AS o JOIN mart.gebied AS g USING (gebiedsniveau, gebied) WHERE g.opvolger = n.gebied "
        "AND o.gebiedsniveau = 'gemeente2024' AND o.status = 'ok' "
        "AND (o.onderwerp, o.periode) = (n.onderwerp, n.periode)) GROUP BY ALL"
    )
    cities = diff("2024", "2025")["steden"]
    said = [s for c in cities.values() for s in c["onderwerpen"]]
    key = ("gebied", "onderwerp", "som", "leeg")
    assert sorted(tuple(s[k] for k in key) for s in said) == sorted(tuple(c[k] for k in key) for c in counted)


def relations(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(["van_niveau;van;naar_niveau;naar", *rows, ""]), encoding="utf-8")
    return path


def test_an_announced_merger_gives_what_the_release_gave_once_it_was_there(at_released: Path, tmp_path: Path) -> None:
    """Synthetic: the mergers of 2025, told as if they were still to come."""
    with areas() as con:
        pairs = con.execute(
            "SELECT van, naar FROM gebied_relatie WHERE (van_niveau, naar_niveau) = ('gemeente2024', 'gemeente')"
        ).fetchall()
    rows = [f"gemeente2024;{old};proef;{new}" for old, new in pairs if new in MERGERS_2025]
    path = relations(tmp_path / "fusies.csv", *rows, "proef;46030;provincie;40000")
    announced, real = diff("gemeente2024", "proef", "--with", path), diff("gemeente2024", "gemeente")
    for part in ("nieuwe_codes", "verdwenen_codes", "andere_provincie", "steden", "totaal"):
        assert announced[part] == real[part]
    for found in (announced, real):
        for change in found["fusies"]:
            del change["naam"]
    assert announced["fusies"] == real["fusies"]


def test_a_merger_across_provinces_says_when_nobody_told_the_province(at_released: Path, tmp_path: Path) -> None:
    """Synthetic: Kortrijk and Gent."""
    path = relations(tmp_path / "fusies.csv", "gemeente;34022;nieuw;99000", "gemeente;44021;nieuw;99000")
    result = obmi("gebieden", "diff", "2018", "nieuw", "--with", path)
    assert result.code == 0, result.err
    assert "34022 Kortrijk + 44021 Gent → 99000 (no name yet)" in result.out
    assert "34022 Kortrijk (in 99000): 30000 West-Vlaanderen → not said; add a row" in result.out
    assert {n for n, c in diff("2025", "nieuw", "--with", path)["steden"].items() if c["leeg"]} == {"gent", "kortrijk"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["gemeente;1;nieuw"], "must have 4 filled cells"),
        (["gemeente;44021;gemeente;44021"], "must lead from one of gemeente2018, gemeente2024, gemeente to 'nieuw'"),
        (["gemeente;71022;nieuw;71072"], "gemeente 71022 is no municipality of the release"),
        (["gemeente;44021;nieuw;1", "gemeente;44021;nieuw;2"], "gemeente 44021 stands there twice"),
        (["gemeente;44021;nieuw;31005"], "31005 grows and has no row of its own; add gemeente;31005;nieuw;31005"),
        (["gemeente;44021;nieuw;1", "gemeente;44021;gewest;1"], "goes to gewest, neither nieuw nor its provincie"),
        (["gemeente;44021;nieuw;1", "nieuw;1;provincie;44021"], "nieuw 1 goes to provincie 44021, and one of the two"),
        (["gemeente;44021;nieuw;1", "nieuw;2;provincie;40000"], "nieuw 2 goes to provincie 40000, and one of the two"),
    ],
)
def test_a_wrong_announcement_is_refused_in_one_sentence(at_released: Path, tmp_path: Path, rows, said: str) -> None:
    result = obmi("gebieden", "diff", "gemeente", "nieuw", "--with", relations(tmp_path / "fusies.csv", *rows))
    assert (result.code, len(result.err.splitlines())) == (30, 1)
    assert said in result.err


def test_a_file_that_is_no_list_of_relations_is_refused_in_one_sentence(at_released: Path, tmp_path: Path) -> None:
    other = {"geen.csv": None, "beeld.csv": b"\xff\xfe\xd8", "ander.csv": b"van,naar\n", "leeg.csv": b""}
    for name, content in other.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
        result = obmi("gebieden", "diff", "gemeente", "nieuw", "--with", tmp_path / name)
        assert (result.code, len(result.err.splitlines())) == (30, 1)
        assert name in result.err
        assert ("cannot be read" in result.err) == (name in ("geen.csv", "beeld.csv"))


@pytest.mark.parametrize(
    ("versions", "said"),
    [
        (("gemeente", "gemeente2024"), "gemeente came after gemeente2024; give the older version first"),
        (("gemeente2020", "gemeente"), "give a year or one of gemeente2018, gemeente2024, gemeente"),
    ],
)
def test_versions_that_cannot_be_compared_are_refused(at_released: Path, versions: tuple[str, str], said: str) -> None:
    result = obmi("gebieden", "diff", *versions)
    assert (result.code, len(result.err.splitlines())) == (30, 1)
    assert said in result.err


def test_nothing_changes_within_one_version(at_released: Path) -> None:
    found = diff("2025", "gemeente")
    assert (found["fusies"], found["andere_provincie"], found["totaal"]) == (
        [],
        [],
        {"leeg": 0, "onvolledig": 0, "som": 0},
    )
