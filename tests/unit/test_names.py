"""A name is no key: nothing is joined on it but where a publisher gives nothing else, and Saint-Nicolas near Liège
never becomes Sint-Niklaas."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from sqlglot import exp
from sqlmesh.core.dialect import parse

from pipelines.describe.placenames import candidates
from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import Dataset
from pipelines.gate.judge import Verdict, check_delivery
from pipelines.home import quoted
from pipelines.ingest.read.errors import ParseError
from tests.helpers import VERSIONS, areas
from tests.small import landed, spec_of

SAINT_NICOLAS, SINT_NIKLAAS = "62093", "46021"
MODELS = sorted((ROOT / "models").rglob("*.sql"))
NAME = re.compile(r"(^|_)naam(_|$)")
SQL_ON_NAME = re.compile(r"\b\w*naam\w*\s*(=|<>|IN\b)|=\s*(\w+\()?(\w+\.)?naam\b|\bUSING\s*\([^)]*naam", re.IGNORECASE)


def named(expression: exp.Expression | None) -> list[str]:
    return [c.sql() for c in expression.find_all(exp.Column) if NAME.search(c.name)] if expression else []


def joins_on_names(text: str) -> list[str]:
    """Every join condition or comparison of two columns in which a name stands."""
    found = []
    for statement in parse(text, default_dialect="duckdb"):
        for join in statement.find_all(exp.Join):
            found += named(join.args.get("on"))
            found += [i.name for i in join.args.get("using") or [] if NAME.search(i.name)]
        for pair in statement.find_all(exp.EQ):
            found += named(pair) if all(side.find(exp.Column) for side in (pair.left, pair.right)) else []
    return found


def test_no_model_joins_on_a_name() -> None:
    assert len(MODELS) > 20
    assert {p.stem: found for p in MODELS if (found := joins_on_names(p.read_text(encoding="utf-8")))} == {}


@pytest.mark.parametrize(
    "wrong",
    [
        "SELECT * FROM ref.gebied AS g JOIN bron.proef AS p ON p.gemeente_naam = g.naam",
        "SELECT * FROM ref.gebied AS g JOIN bron.proef AS p USING (naam)",
        "SELECT * FROM ref.gebied AS g, bron.proef AS p WHERE LOWER(p.gemeente) = LOWER(g.naam)",
    ],
)
def test_a_join_on_a_name_is_seen(wrong: str) -> None:
    assert joins_on_names(wrong)
    assert SQL_ON_NAME.search(wrong)


def test_no_sql_in_the_pipeline_compares_names() -> None:
    """But for the one place where a publisher's name becomes a code or is held against it, and the list of people."""
    found = []
    pipelines = ROOT / "pipelines"
    other = {pipelines / "describe" / "placenames.py", pipelines / "serve" / "people.py"}
    for path in {*pipelines.rglob("*.py")} - other:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL_ON_NAME.search(node.value):
                found.append(f"{path.name}: {node.value.strip()[:80]}")
    assert found == []


def test_every_area_stays_within_its_region() -> None:
    """Also the eleven Walloon municipalities whose new code of 2019 was found by their unchanged name."""
    with areas() as con:
        crossing = con.execute(
            "SELECT r.* FROM gebied_relatie AS r "
            "JOIN gebied AS a ON a.gebiedsniveau = r.van_niveau AND a.gebied = r.van "
            "JOIN gebied AS b ON b.gebiedsniveau = r.naar_niveau AND b.gebied = r.naar "
            "WHERE a.gewest IS DISTINCT FROM b.gewest"
        ).fetchall()
        into = con.execute(
            "SELECT DISTINCT van FROM gebied_relatie WHERE naar = ? AND van_niveau LIKE 'gemeente%'", [SINT_NIKLAAS]
        ).fetchall()
        renumbered = con.execute(
            "SELECT COUNT(*), COUNT(DISTINCT naar), COUNT(DISTINCT a.naam) FROM gebied_relatie AS r "
            "JOIN gebied AS a ON a.gebiedsniveau = r.van_niveau AND a.gebied = r.van "
            "WHERE r.van_niveau = 'gemeente2018' AND r.van <> r.naar AND a.gewest = '03000'"
        ).fetchone()
    assert crossing == []
    assert into == [(SINT_NIKLAAS,)]
    assert renumbered == (11, 11, 11)


def cells(*said: tuple[str, str, str, str]) -> str:
    """SQL of what rows say of their area: level, name, province, postcode."""
    listed = ", ".join(f"({', '.join(map(quoted, row))})" for row in said)
    return f"SELECT * FROM (VALUES {listed}) AS c (niveau, naam, provincie, postcode)"


def codes(said: str) -> list[tuple]:
    """The level, name and code of every name that can mean one area."""
    with areas() as con:
        return con.execute(f"SELECT niveau, naam, gebied FROM ({candidates(said)}) WHERE zeker ORDER BY ALL").fetchall()


@pytest.mark.proof
@pytest.mark.parametrize(
    ("level", "name", "province", "postcode", "code"),
    [
        ("gemeente2024", "Gent", "", "", "44021"),
        ("gemeente2024", "GENT", "", "", "44021"),
        ("gemeente2024", "Gand", "", "", "44021"),
        ("gemeente2024", "Tongres", "", "", "73083"),
        ("gemeente", "Tongeren-Borgloon", "", "", "73111"),
        ("gemeente", "Heist op den Berg", "", "", "12014"),
        ("gemeente", "Braine-l'Alleud", "", "", "25014"),
        ("gemeente", "LIEGE", "", "", "62063"),
        ("gemeente", "Aalst (Aalst)", "", "", "41002"),
        ("gemeente", "ALOST (ALOST)", "", "", "41002"),
        ("gemeente", "Aalst", "Provincie Oost-Vlaanderen", "", "41002"),
        ("gemeente", "Alost", "Flandre orientale", "", "41002"),
        ("gemeente", "Aalst", "", "9300", "41002"),
        ("gemeente", "Nieuwerkerken (Limburg)", "", "", "71045"),
        ("gemeente", "Saint-Nicolas", "Luik", "", "62093"),
        ("gemeente", "Saint-Nicolas", "", "4420", "62093"),
        ("gemeente", "Saint-Nicolas", "Province de Flandre orientale", "", "46021"),
        ("gemeente", "Saint-Nicolas (Liège)", "", "", "62093"),
        ("gemeente", "Saint-Nicolas (Saint-Nicolas)", "", "", "46021"),
        ("gemeente2024", "Beveren", "", "9120", "46003"),
        ("gemeente2024", "Tielt", "West-Vlaanderen", "", "37015"),
        ("gemeente", "Tielt", "West-Vlaanderen", "", "37022"),
        ("gemeente", "Beveren-Kruibeke-Zwijndrecht", "", "2070", "46030"),
        ("provincie2024", "VlaamsBrabant", "", "", "20001"),
        ("provincie2024", "Province d'Anvers", "", "", "10000"),
    ],
)
def test_a_name_becomes_its_code(level: str, name: str, province: str, postcode: str, code: str) -> None:
    assert [c for *_, c in codes(cells((level, name, province, postcode)))] == [code]


def test_every_name_of_the_register_means_its_own_area_or_none() -> None:
    """Of all versions, as Statbel writes it in three languages: with what stands behind it always its own area;
    without that, never another one, and none where Statbel tells two places apart."""
    with areas() as con:
        con.execute(
            "CREATE TABLE elk AS SELECT g.gebiedsniveau AS niveau, n.naam, g.gebied FROM naam AS n JOIN gebied AS g "
            f"USING (gebied) WHERE gebiedsniveau IN {VERSIONS} GROUP BY ALL"
        )
        same = "USING (niveau, naam)"
        given = "SELECT DISTINCT niveau, naam, '' AS provincie, '' AS postcode FROM elk"
        found = f"(FROM ({candidates(given)}) WHERE zeker)"
        wrong = con.execute(f"FROM elk LEFT JOIN {found} AS f {same} WHERE elk.gebied IS DISTINCT FROM f.gebied")
        assert [row[:3] for row in wrong.fetchall()] == [("gemeente", "TIELT", "37022")], (
            "the permits put nothing behind"
        )
        total, doubled = con.execute("SELECT COUNT(*), COUNT(*) FILTER (WHERE naam LIKE '%(%') FROM elk").fetchone()
        con.execute("UPDATE elk SET naam = regexp_replace(naam, ' \\(.*', '')")
        con.execute("CREATE TABLE kort AS SELECT DISTINCT * FROM elk")
        none = con.execute(f"SELECT DISTINCT naam FROM kort ANTI JOIN {found} AS f {same} ORDER BY 1").fetchall()
        other = con.execute(f"FROM kort JOIN {found} AS f {same} WHERE kort.gebied <> f.gebied").fetchall()
    assert (total > 2000, doubled > 90, other) == (True, True, [])
    assert {n for (n,) in none} == {
        *("Aalst", "Alost", "Beveren", "Celles", "Forest", "Hal", "Halle", "Hamme", "Hove", "Kapellen", "Machelen"),
        *("Moerbeke", "Neufchâteau", "Nieuwerkerken", "Perwez", "Perwijs", "Saint-Léger", "Saint-Nicolas"),
        *("Sint-Niklaas", "TIELT", "Tielt", "Vorst"),
    }


def named_only(**area: Any) -> Dataset:
    """A source that gives names of areas, provinces and postcodes, and a number."""
    return spec_of(
        {"provincie": {"type": "text", "values": {"": "", "Luik": "Luik", "Limburg": "Limburg"}}, "n": "integer"},
        {"header": {"plaats": "gebied", "provincie": "provincie", "n": "n"}},
        gebied={"niveau": "gemeente2024", "namen": {"kolom": "gebied", "provincie": "provincie"}, **area},
    )


@pytest.mark.proof
@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            "Gent;;1\nGemt;;2\n",
            r"in\.csv, row 3, column plaats: 'Gemt' is no area of level gemeente2024, .*Gent \(44021\)",
        ),
        ("Gent;;1\nTongeren-Borgloon;;2\n", r"row 3, .*'Tongeren-Borgloon' is no area .*it belongs to gemeente;"),
        ("Gent;Limburg;1\n", r"row 2, .*'Gent' is Gent \(44021\) at level gemeente2024, which does not lie in Limburg"),
        (
            "Gent;;1\nSaint-Nicolas;;2\n",
            r"row 3, .*Sint-Niklaas \(46021\) or Saint-Nicolas \(Luik\) \(62093\).*province",
        ),
        ("Gent;;1\nAalst;;2\nTielt;;3\n", r"row 3, .*another place bears that name.* \(2 such names\)"),
        ("Nieuwerkerken (Aalst);;1\n", r"row 2, .*Nieuwerkerken \(71045\).*does not lie in what stands behind it"),
    ],
)
def test_a_name_that_is_not_certain_stops_the_file(tmp_path: Path, rows: str, said: str) -> None:
    with areas() as con, pytest.raises(ParseError, match=said):
        landed(con, named_only(), f"plaats;provincie;n\n{rows}", tmp_path)


def test_names_land_as_codes_and_aliases_are_declared(tmp_path: Path) -> None:
    spec = named_only(aliassen={"Aalst": "41002", "Gent-stad": "44021"}, patronen={"^Gemeente en OCMW ": ""})
    text = "plaats;provincie;n\nAalst;;1\nGemeente en OCMW Brugge;;2\nSaint-Nicolas;Luik;3\nGent-stad;Limburg;4\n"
    with areas() as con:
        rows = landed(con, spec, text, tmp_path)
    assert {row[2]: row[-1] for row in rows} == {"41002": 1, "31005": 2, SAINT_NICOLAS: 3, "44021": 4}


def test_a_name_beside_a_code_is_held_against_it(tmp_path: Path) -> None:
    """Synthetic: all municipalities with their names; then Saint-Nicolas on the code of Sint-Niklaas, which is also
    its name in French, two names swapped, and a name that nobody knows."""
    spec = spec_of(
        {"naam": "text", "n": {"type": "integer", "min": 0}},
        {"header": {"code": "gebied", "plaats": "naam", "n": "n"}},
        id="proef_namen",
        gebied={"niveau": "gemeente2024", "namen": {"kolom": "naam"}, "aliassen": {"De Koekenstad": "11002"}},
        dekking={"gewesten": ["02000", "03000"], "vanaf": 2020, "afwezig": "onbekend"},
    )
    with areas() as con:
        listed = (
            "FROM gebied WHERE gebiedsniveau = 'gemeente2024' AND soort = 'gebied' AND gewest IN ('02000', '03000')"
        )
        good = dict(con.execute(f"SELECT gebied, naam {listed}").fetchall())

        def judged(**changed: str) -> Verdict:
            rows = {**good, **{code.removeprefix("c"): name for code, name in changed.items()}}
            landed(con, spec, "code;plaats;n\n" + "".join(f"{c};{n};1\n" for c, n in rows.items()), tmp_path)
            verdict = check_delivery(con, spec, 60, 0.1)
            assert verdict.refused is None
            return verdict

        assert len(good) == 562
        assert judged().held == {}
        assert judged(c44021="GAND", c11002="De Koekenstad", c46021="Saint-Nicolas (Saint-Nicolas)").held == {}
        held = judged(c46021="Saint-Nicolas").held
        ((part, outcome),) = held.items()
        assert part == ("gemeente2024", SINT_NIKLAAS, (("jaar", 2020),))
        assert "Saint-Nicolas; Sint-Niklaas (46021) verwacht" in outcome.boodschap
        wrong = judged(c31005="Genk", c71016="Brugge", c44021="De Koekenstad").held
    assert {unit for _, unit, _ in wrong} == {"31005", "71016", "44021"}
    assert {o.controle for o in wrong.values()} == {"naam"}
