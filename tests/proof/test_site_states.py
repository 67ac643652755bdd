"""Every template of a website with figures of every kind: made up in a copy of a release, looked at in a browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import html5rdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from pipelines.describe.specfile import ROOT
from pipelines.site.make import make_by_two
from tests.helpers import PROOF
from tests.proof.test_site import RULES, WIDTHS

LONG = "meerderjarigenbeschermingsmaatregelen" * 3 + " en " + "zeer lange woorden in een titel " * 6
FUSION = "niet aggregeerbaar over de fusie 71022 + 73040 → 71072"
ABSENT = {  # subjects of which Gent has no figure in its newest year, by state and reason
    "vp1101_65p": ("verborgen", "3 van 201 delen verborgen", "verborgen door de uitgever: 3 van 201 delen verborgen"),
    "vp1101_nbel": ("onbekend", "niet geleverd door de uitgever", "onbekend: niet geleverd door de uitgever"),
    "vp1101_80p": ("nvt", None, "niet van toepassing"),
    "vp1101_0_17": ("onderdrukt", "minder dan 5 personen", "door ons verborgen: minder dan 5 personen"),
    "vp3101_arop": ("onbekend", FUSION, "onbekend: niet aggregeerbaar over de fusie Hasselt + Kortessem → Hasselt"),
}
OTHERS = ("vg3103_inwoner", "vg2208_huizen", "v1125_huishoudens", "vp6101_hh_0", "vp2506_elek_res_n", "v1101_t")
THEMES = ("demografie", "inkomen-en-armoede", "wonen", "mobiliteit", "klimaat-en-energie")
REPORTS = ("omgevingsanalyse", "gemeentescan", "gemeentescan-kort", "thema-demografie", "thema-klimaat-en-energie")
PAGES = ("index", "kwaliteit", "over", "onderwerpen", "rapporten", "vergelijk", "gebied/44021", "gebied/41002")
PAGES += tuple(f"{kind}/{theme}" for kind in ("thema", "vergelijk") for theme in THEMES)
PAGES += tuple(f"rapport/{name}" for name in REPORTS) + tuple(f"onderwerp/{code}" for code in (*ABSENT, *OTHERS))
PAGES += ("gemeenten/vp2506_elek_res_n", "gemeenten/vp3101_arop", "binnen/vp2506_elek_res_n")
MERGED = ("index", "gebied/71072", "thema/inkomen-en-armoede", "onderwerp/vp3101_arop", "rapport/gemeentescan")
TEMPLATES = {path.name.partition(".")[0] for path in (ROOT / "pipelines/site/templates").glob("*.jinja")}


def made_up(database: Path, path: Path) -> Path:
    """A copy of a release in which every state occurs; no figure in it is one of a publisher."""
    shutil.copy(database, path)
    own, municipal = "gebied = '44021'", "gebiedsniveau = 'gemeente'"
    with duckdb.connect(str(path)) as con:
        for code, (status, reason, _) in ABSENT.items():
            empty = f"SET waarde = NULL, ondergrens = NULL, bovengrens = NULL, status = '{status}', reden = $reason"
            newest = f"SELECT periode FROM mart.profiel WHERE onderwerp = '{code}' AND {own}"
            con.execute(
                f"UPDATE mart.waarneming {empty} WHERE onderwerp = '{code}' AND {own} AND {municipal} "
                f"AND (periode = ({newest}) OR $reason = $fusion)",
                {"reason": reason, "fusion": FUSION},
            )
            con.execute(f"UPDATE mart.profiel {empty} WHERE onderwerp = '{code}' AND {own}", {"reason": reason})
        for statement in (
            f"DELETE FROM mart.waarneming WHERE onderwerp = 'vg3103_inwoner' AND {own} AND periode < '2013'",
            "DELETE FROM mart.waarneming WHERE onderwerp = 'vg2208_huizen' AND periode IN ('2014', '2015', '2019')",
            f"DELETE FROM mart.waarneming WHERE onderwerp = 'vp6101_hh_0' AND {municipal} "
            "AND gebied NOT IN ('44021', '11002', '24062')",
            "DELETE FROM mart.profiel WHERE gebied = '41002'",
            f"UPDATE mart.onderwerp SET naam = '{LONG}', eenheid = 'kilowattuurverbruiksaansluitingspunten per adres', "
            f"voetnoot = '{LONG}', breuk = '{LONG}' WHERE onderwerp = 'vp2506_elek_res_n'",
            f"UPDATE mart.gebied SET naam = '{LONG[:90]}' WHERE gebied IN ('11002', '11001') OR gebied LIKE '44021A%'",
            f"UPDATE mart.bron SET titel = '{LONG}', uitgever = '{LONG}' WHERE bron LIKE '%elektriciteit%'",
        ):
            con.execute(statement)
    return path


@pytest.fixture(scope="module")
def websites(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The websites of Gent and of Hasselt, which merged, from that copy."""
    to = tmp_path_factory.mktemp("states")
    made = make_by_two(made_up(database, to / "release.duckdb"), to, ["gent", "hasselt"], lambda said: None)
    assert [site.faults for site in made] == [[], []]
    return to


@pytest.fixture(scope="module")
def tab(browser: Browser, websites: Path) -> Iterator[Page]:
    context = browser.new_context()
    tab = context.new_page()
    yield tab
    context.close()


def said(websites: Path, name: str) -> str:
    """The words of a page, without a script or a style; html5rdf raises for one that is not valid."""
    text = (websites / f"{name}.html").read_text(encoding="utf-8")
    page = html5rdf.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    return " ".join("".join(page.find("body").itertext()).split())


def test_every_template_is_looked_at() -> None:
    """Here, or in test_orba.py, which has a city's goals and its half-year report."""
    kinds = {"index": "start", "vergelijk/": "vergelijk", "vergelijk": "vergelijken"}
    seen = {kinds.get(re.match("[^/]+/?", name)[0], name.partition("/")[0]) for name in PAGES}
    assert seen == TEMPLATES - {"basis", "delen", "blokken"} - {"doelen", "verslag"}


@pytest.mark.parametrize("code", ABSENT)
def test_a_figure_that_is_not_there_is_told_wherever_it_would_stand(websites: Path, code: str) -> None:
    reason = ABSENT[code][2]
    theme = "inkomen-en-armoede" if code == "vp3101_arop" else "demografie"
    page = said(websites, f"gent/onderwerp/{code}")
    assert f"Geen cijfer Gent {reason[0].upper()}{reason[1:]}." in page or f"{reason}." in page
    assert reason in said(websites, f"gent/thema/{theme}")
    assert ABSENT[code][2].partition(":")[0].split()[0] in said(websites, f"gent/vergelijk/{theme}")


def test_a_municipality_that_merged_says_what_its_older_figures_are_of(websites: Path) -> None:
    for name in ("hasselt/gebied/71072", "hasselt/onderwerp/v1101_t", "gent/gebied/71072"):
        assert "Hasselt en Kortessem zijn sinds 2025 één gemeente." in said(websites, name)
    assert "één gemeente" not in said(websites, "gent/onderwerp/v1101_t")


def test_what_a_series_lacks_is_told(websites: Path) -> None:
    one, gap, coming = (f"gent/onderwerp/{code}" for code in ("vg3103_inwoner", "vg2208_huizen", "v1125_huishoudens"))
    assert 'class="lijn"' not in (websites / f"{one}.html").read_text()
    assert "Alle jaren" in said(websites, one)
    assert "Dunne puntjes overbruggen jaren zonder cijfer: 2014 tot 2015 en 2019." in said(websites, gap)
    assert "De streepjes zijn een vooruitzicht, geen telling." in said(websites, coming)
    assert "De gemeenten van Vlaanderen in" not in said(websites, "gent/onderwerp/vp6101_hh_0")
    assert not (websites / "gent" / "gemeenten" / "vp6101_hh_0.html").exists()
    assert "Van dit gebied zijn er nog geen cijfers." in said(websites, "gent/gebied/41002")
    assert LONG[:110] in said(websites, "gent/binnen/vp2506_elek_res_n").lower()


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_in_every_state_nothing_is_in_the_way(websites: Path, tab: Page, mode: Any) -> None:
    """Nothing wider than the page at three widths, no request elsewhere, no message, and no violation by axe: at one of
    the widths in turn, in the long proof at all three."""
    faults: list[Any] = []
    tab.on("request", lambda asked: None if asked.url.startswith(websites.as_uri()) else faults.append(asked.url))
    tab.on("console", lambda told: faults.append(told.text))
    tab.emulate_media(color_scheme=mode)
    names = [f"gent/{name}" for name in PAGES] + [f"hasselt/{name}" for name in MERGED]
    for nr, name in enumerate(names if mode == "light" else names[::4]):
        tab.goto((websites / f"{name}.html").as_uri())
        tab.evaluate(Axe().axe_script)
        for width in WIDTHS:
            tab.set_viewport_size({"width": width, "height": 800})
            if tab.evaluate("document.documentElement.scrollWidth") > width:
                faults.append((name, width, mode, "wider than the page"))
            if PROOF or width == WIDTHS[nr % len(WIDTHS)]:
                found = tab.evaluate("rules => axe.run(document, rules)", RULES)["violations"]
                faults += [(name, width, mode, v["id"], v["nodes"][0]["html"][:150]) for v in found]
    assert faults == []
