"""What people hand over of a plan: a cell as it was written, some edits of a workbook, and YAML. All invented."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.home import Home
from pipelines.orba.cells import WrongCell, value_of
from pipelines.orba.hand_over import city_of, hand_over
from pipelines.orba.handed_in import HandedInError
from tests.helpers import obmi
from tests.orba_edits import ACTION, EDITS, GENT, GOAL, OWN, Edit, figures, make_plan, play


@pytest.mark.parametrize("edit", EDITS[7::90], ids=lambda edit: edit.name)
def test_an_edit_is_taken_right_or_refused_with_its_cell_and_why(edit: Edit, tmp_path: Path) -> None:
    """All of them: make orba-proof."""
    assert play(edit, tmp_path) == []


def test_there_are_enough_edits() -> None:
    assert len({edit.name for edit in EDITS}) == len(EDITS) >= 200


@pytest.mark.parametrize(
    ("table", "column", "given", "value"),
    [
        ("bedrag", "gepland_eur", "1.250.000,50", Decimal("1250000.50")),
        ("bedrag", "gepland_eur", 0.1, Decimal("0.10")),
        ("streefwaarde", "waarde", "0,125", 0.125),
        ("bedrag", "jaar", "2026", 2026),
        ("mijlpaal", "gepland", "1 mei 2028", date(2028, 5, 1)),
        ("doel", "gedeeld", None, False),
        ("actie", "toelichting", "  a\u00a0 b \r\n c", "a b\nc"),
    ],
)
def test_a_cell_is_read_as_its_column_asks(table: str, column: str, given: Any, value: Any) -> None:
    assert value_of(table, column, given) == value


@pytest.mark.parametrize(
    ("table", "column", "given"),
    [
        ("bedrag", "gepland_eur", "0,125"),
        ("bedrag", "jaar", 2026.5),
        ("streefwaarde", "waarde", float("nan")),
        ("streefwaarde", "waarde", "1,250"),
        ("mijlpaal", "gepland", True),
    ],
)
def test_a_cell_that_is_no_value_is_refused(table: str, column: str, given: Any) -> None:
    with pytest.raises(WrongCell):
        value_of(table, column, given)


def handed_over(tmp_path: Path, text: str) -> tuple[Any, Any]:
    """What came of some YAML, and the plan after it."""
    home, path = Home(tmp_path / "home"), tmp_path / "plan.yaml"
    editions = make_plan(home)
    path.write_text(text, encoding="utf-8")
    return hand_over(home, GENT, path, "An", figures()), editions.plan()


def test_yaml_says_a_few_cells_and_the_rest_stays(tmp_path: Path) -> None:
    done, plan = handed_over(
        tmp_path,
        f"""
        doel:
          - {{sleutel: {GOAL}, partners: [OCMW, AG], sdg: [11, 13], volgen: indicator}}
        indicator:
          - {{sleutel: {GOAL}/mensen, onderdeel: {GOAL}, onderwerp: v1101_t, richting: hoger}}
          - {{sleutel: {GOAL}/komt, onderdeel: {GOAL}, onderwerp: v1102_t}}
        streefwaarde:
          - {{indicator: {GOAL}/mensen, op: 2030-12-31, waarde: 12}}
        """,
    )
    assert (done.refused, done.versie, len(done.changed)) == ([], 3, 11)
    goal = plan.rows["doel"][GOAL]
    assert (goal.partners, goal.sdg, goal.titel) == ("OCMW; AG", "11; 13", "Wonen")
    assert plan.under(f"{GOAL}/mensen", "streefwaarde")[0].op == date(2030, 12, 31)
    assert plan.rows["indicator"][OWN].naam == "Tevredenheid"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"doel: [{{sleutel: {GOAL}, eigenar: An}}]", "doel[1].eigenar: kolom is niet bekend (bedoelde u eigenaar?)"),
        (f"acties: [{{sleutel: {ACTION}}}]", "acties: is geen tabel met rijen (bedoelde u actie?)"),
        ("indicator: [{sleutel: gent/9/i, onderdeel: gent/9, naam: x}]", "‘gent/9’ is niet bekend"),
        ("mijlpaal: [{sleutel: brugge/1/m, onderdeel: gent/1, naam: x, gepland: 2027-01-01}]", "brugge/1/m is niet"),
        ("doel: [niets]", "doel[1]: is geen rij"),
    ],
)
def test_yaml_that_is_wrong_is_refused_where_it_is(tmp_path: Path, text: str, said: str) -> None:
    done, plan = handed_over(tmp_path, text)
    assert (done.versie, plan.versie) == (None, 2)
    assert len(done.refused) == 1
    assert said in done.refused[0]


@pytest.mark.parametrize("text", ["[1]", "stad: brugge", "versie: x", "doel: [", "versie: 9"])
def test_yaml_that_is_no_plan_of_the_city_is_refused_whole(tmp_path: Path, text: str) -> None:
    with pytest.raises(HandedInError):
        handed_over(tmp_path, text)


def test_the_bytes_are_kept_with_who_and_when(tmp_path: Path) -> None:
    done, _ = handed_over(tmp_path, f"doel: [{{sleutel: {GOAL}, eigenaar: An, volgen: x}}]")
    editions = make_plan(Home(tmp_path / "elders"))
    made = type(editions)(Home(tmp_path / "home"), "gent").all()[-1]
    assert (made.nummer, made.door, made.bron, made.geweigerd) == (3, "An", "plan.yaml", done.refused)
    assert made.patch == {"doel": {GOAL: {"eigenaar": "An"}}}
    kept = tmp_path / "home" / "orba" / "gent" / "raw" / "objects" / made.sha256[:2] / made.sha256
    assert kept.read_bytes() == (tmp_path / "plan.yaml").read_bytes()
    assert (tmp_path / "home" / "orba" / "gent").stat().st_mode & 0o077 == 0


def test_only_a_city_has_a_plan() -> None:
    assert city_of("orba_gent") == GENT
    assert city_of("orba_nergens") is None
    assert city_of("gent") is None


def test_the_commands_make_a_workbook_and_take_it_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBMI_HOME", str(tmp_path / "home"))
    make_plan(Home(tmp_path / "home"))
    book = tmp_path / "boek.xlsx"
    assert obmi("orba", "sjabloon", "--city", "Gent", "--to", str(book)).code == 0
    taken = obmi("drop", "orba_gent", str(book), "--by", "An")
    assert (taken.code, taken.out) == (0, "orba_gent: 0 overgenomen, 0 niet overgenomen, geen nieuwe versie\n")
    assert obmi("drop", "orba_brugge", str(book)).code == 30
    (tmp_path / "plan.yaml").write_text(f"doel: [{{sleutel: {GOAL}, eigenaar: An, sdg: 99}}]", encoding="utf-8")
    partly = obmi("drop", "orba_gent", str(tmp_path / "plan.yaml"))
    assert partly.code == 10
    assert "NIET doel[1]: sdg is ‘99’" in partly.out
