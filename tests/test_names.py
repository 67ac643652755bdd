"""A name is no key: nothing is joined on it, and Saint-Nicolas near Liège never becomes Sint-Niklaas."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from sqlglot import exp
from sqlmesh.core.dialect import parse

from pipelines.specfile import ROOT
from tests.helpers import areas, changes, edited, obmi, query

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


@pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem)
def test_no_model_joins_on_a_name(path: Path) -> None:
    assert joins_on_names(path.read_text(encoding="utf-8")) == []


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
    found = []
    for path in sorted((ROOT / "pipelines").rglob("*.py")):
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


def test_figures_of_saint_nicolas_reach_nobody(home: Path, released: Path, tmp_path: Path) -> None:
    """Synthetic: Saint-Nicolas with a thousand people in every row that Sint-Niklaas has."""
    path = edited(
        "statbel_bevolking",
        tmp_path,
        lambda row: (
            [row, {**row, "nis_code": SAINT_NICOLAS, "aantal": "1000"}] if row["nis_code"] == SINT_NIKLAAS else row
        ),
    )
    assert obmi("drop", "statbel_bevolking", path).code == 0
    result = obmi("refresh")
    assert result.code == 0, result.out
    assert changes(released, home) == set()
    assert query(home, f"SELECT COUNT(*) FROM mart.waarneming WHERE gebied LIKE '{SAINT_NICOLAS}%'") == [(0,)]
