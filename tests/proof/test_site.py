"""The websites of a release of all built-in figures: valid, the mart's figures, and looked at in a browser."""

from __future__ import annotations

import gzip
import math
import random
import re
import shutil
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb
import html5rdf
import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from pipelines.home import quoted
from pipelines.site.make import make_websites

PAGES = ("index", "over", "kwaliteit", "vergelijk", "thema/inkomen-en-armoede", "vergelijk/veiligheid", "gebied/44021")
PAGES += ("gemeenten/vp3101_arop", "binnen/vp2506_elek_res_n", "onderwerp/v1101_t", "onderwerp/v2207_app")
PAGES += ("rapporten", "rapport/omgevingsanalyse", "rapport/gemeentescan", "rapport/thema-wonen")
STATES = ("vg2208_huizen", "vp3101_arop", "vp1101_65p", "v1125_huishoudens", "vp3105_leefloon", "kubus1101_bevolking")
WIDTHS = (320, 768, 1280)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], "preload": False}
RULES |= {"resultTypes": ["violations"]}  # what holds is not written out: that took a fifth of the time
WORDS = {  # of citizens, and the subjects that they may mean
    "misdaad": {"vp2801_vh_totcrim"},
    "criminalitiet": {"vp2801_vh_totcrim"},
    "werkloos": {"v4204_wzw"},
    "eenzaam": {"vp1124_huishoudens_1", "vp9101_vereniging"},
    "huurprijs": {"vg2208_huizen", "vg2208_app"},  # no subject is about rents: prices are the nearest, and it says so
    "huizenprijzen": {"vg2208_huizen"},
    "armoede": {"vp3101_arop"},
    "inbraak": {"vp2801_vh_ds_woning"},
    "gestolen fiets": {"vp2801_vh_ds_fiets", "v2801_vh_ds_fiets"},
    "vreemdelingen": {"vp1101_nbel"},
    "bejaarden": {"vp1101_65p"},
    "kinderen": {"vp1101_0_17"},
    "auto's": {"vp6101_wagens_inw", "vp6101_wagens_hh"},
    "stroomverbruik": {"v2506_elek_res_cons", "v2506_elek_cons"},
    "zonnepanelen": {"v5103_pv_n"},
    "luchtvervuiling": {"vg7101_no2"},
    "corona": {"vp8101_besmettingen"},
    "loon": {"vg3102_mediaan", "vg3103_inwoner"},
    "singles": {"vp1124_huishoudens_1"},
    "ongelukken": {"vp6102_t"},
    "schulden": {"vp3122_betal"},
    "cafés": {"vp9103_cafes"},
    "scholen": {"v8501_lager"},
    "huiselijk geweld": {"vp2801_vh_ifg_fys"},
}
HOSTILE = (
    "<script>window.run=1</script>",
    '"><img src=x onerror=window.run=1>',
    "'onmouseover='window.run=1",
    "</title></style></svg><svg onload=window.run=1>",
    "\u202e\u2066omgekeerd",
    '=HYPERLINK("http://evil.example")',
    "{{ 7*7 }}{% raw %}",
    "javascript:window.run=1",
    "</script><script>window.run=1//",
    "x" * 4096,
)


@pytest.fixture(scope="module")
def search(browser: Browser) -> Iterator[Page]:
    tab = browser.new_page()
    yield tab
    tab.close()


def tree(path: Path) -> Any:
    """A page; html5rdf raises for one that is not valid."""
    text = path.read_text(encoding="utf-8")
    return html5rdf.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


def text(element: Any) -> str:
    return "".join(element.itertext()).strip()


def test_a_second_time_nothing_is_written(database: Path, websites: Path, tmp_path: Path) -> None:
    to = shutil.copytree(websites, tmp_path / "to")
    assert [made.written for made in make_websites(database, to, "gent", lambda said: None)] == [0]


def changed_copy(database: Path, path: Path, *statements: str) -> Path:
    shutil.copy(database, path)
    with duckdb.connect(str(path)) as con:
        for statement in statements:
            con.execute(statement)
    return path


def written_of(database: Path, websites: Path, city: str) -> set[str]:
    """The files that differ once the websites are made of another release."""
    before = {p: p.stat().st_mtime_ns for p in (websites / city).rglob("*") if p.is_file()}
    (made,) = make_websites(database, websites, city, lambda said: None)
    changed = {str(p.relative_to(websites / city)) for p, when in before.items() if p.stat().st_mtime_ns != when}
    assert made.written == len(changed)
    return changed


def test_only_what_a_change_reaches_is_written(database: Path, websites: Path, tmp_path: Path) -> None:
    """A release without news: the page that names it. One figure of Gent: its own pages there, and in another city the
    pages that compare with Gent."""
    shutil.copytree(websites, tmp_path, dirs_exist_ok=True)
    make_websites(database, tmp_path, "aalst", lambda said: None)
    named = [
        f"UPDATE mart.{table} SET release = 'a later one' WHERE release = (SELECT release FROM mart.release)"
        for table in ("datamaturiteit", "release")
    ]
    later = changed_copy(database, tmp_path / "later.duckdb", *named)
    assert written_of(later, tmp_path, "gent") == {"over.html"}
    here = "onderwerp = 'vp3101_arop' AND gebied = '44021'"
    figure = changed_copy(
        later,
        tmp_path / "figure.duckdb",
        f"UPDATE mart.waarneming SET waarde = waarde + 0.5 WHERE {here} AND gebiedsniveau = 'gemeente' AND periode = "
        f"(SELECT periode FROM mart.profiel WHERE {here} LIMIT 1)",
        f"UPDATE mart.profiel SET waarde = waarde + 0.5 WHERE {here}",
    )
    compare = {"gebied/44021.html", "gemeenten/vp3101_arop.html", "onderwerp/vp3101_arop.html"}
    compare.add("vergelijk/inkomen-en-armoede.html")
    downloads = {"vp3101_arop.csv", "vp3101_arop.svg", "inkomen-en-armoede.xlsx"}
    own = {"index.html", "thema/inkomen-en-armoede.html", *(f"downloads/{name}" for name in downloads)}
    said = ("gemeentescan", "gemeentescan-kort", "omgevingsanalyse")
    told = {f"rapport/{name}{kind}" for name in said for kind in (".html", "_gent.pdf")}
    assert written_of(figure, tmp_path, "gent") == compare | own | told | theme_report("gent")
    assert written_of(figure, tmp_path, "aalst") == compare | {"over.html"} | theme_report("aalst")


def theme_report(city: str) -> set[str]:
    """The report in which every city has the poverty of all, and the list of what reports hold."""
    name = "rapport/thema-inkomen-en-armoede"
    return {f"{name}.html", f"{name}_{city}.pdf", "rapport/inhoud.json"}


def test_a_page_is_light(websites: Path) -> None:
    sizes = {p: len(gzip.compress(p.read_bytes())) for p in websites.glob("*/onderwerp/*.html")}
    assert max(sizes.values()) <= 8_000
    shared = [p for p in (websites / "gent").iterdir() if p.suffix in (".css", ".js")]
    assert sum(len(gzip.compress(p.read_bytes())) for p in shared) <= 60_000


def test_every_page_is_valid_and_every_link_leads_somewhere(websites: Path) -> None:
    broken = set()
    for path in [*websites.glob("gent/**/*.html")]:
        page = tree(path)
        names = [e.get("id") for e in page.iter() if e.get("id")]
        assert len(names) == len(set(names)), path
        for link in (e.get("href") or "" for e in page.iter("a")):
            target = link.partition("#")[0]
            if not link.startswith("http") and target and not (path.parent / target).exists():
                broken.add(link)
    assert broken == set()


def written(value: float, decimals: int) -> str:
    """A value as a page must show it, made another way than the website does."""
    rounded = Decimal(str(value)).quantize(Decimal(10) ** -decimals, ROUND_HALF_UP)
    return f"{rounded:,}".replace(",", "\u202f").replace(".", ",").replace("-", "\u2212")


def figures(path: Path) -> Iterator[tuple[str, str, str]]:
    """Every number in the tables of a subject: the area, the period and what stands there."""
    page = tree(path)
    for table in page.iter("table"):
        heads = [text(e) for e in table.find("thead").find("tr")]
        for row in table.find("tbody").iter("tr"):
            cells = [(text(e), e.get("class") or "") for e in row]
            if table.get("class") == "jaren":
                for head, (said, kind) in list(zip(heads, cells, strict=True))[1:]:
                    if head != "95 %-interval" and "leeg" not in kind:
                        yield head, cells[0][0], said
            elif table.get("class") in ("steden", "gemeenten") and "leeg" not in cells[2][1]:
                year = text(table.find("caption")).rpartition(", ")[2]
                yield cells[1][0], year, cells[2][0]


def test_two_thousand_numbers_are_those_of_the_mart(database: Path, websites: Path) -> None:
    places = {"De 13 samen": "13 centrumsteden", "De 13 centrumsteden": "13 centrumsteden"}
    places |= {"Vlaanderen": "Vlaams Gewest", "VGC": "VGC (19 Brusselse gemeenten)"}
    pages = sorted([*websites.glob("*/onderwerp/*.html"), *websites.glob("gent/gemeenten/*.html")])
    found = [(p.stem, *figure) for p in random.Random(19).sample(pages, 400) for figure in figures(p)]
    asked = random.Random(19).sample(found, 2000)
    with duckdb.connect(str(database), read_only=True) as con:
        mart = {
            (topic, name, period): written(value, decimals)
            for topic, name, period, value, decimals in con.execute(
                "SELECT w.onderwerp, g.naam, w.periode, w.waarde, o.afronding FROM mart.waarneming AS w "
                "JOIN mart.gebied AS g USING (gebiedsniveau, gebied) JOIN mart.onderwerp AS o USING (onderwerp) "
                "WHERE w.gebiedsniveau IN ('gemeente', 'vgc', 'centrumsteden', 'gewest') AND w.waarde IS NOT NULL"
            ).fetchall()
        }
    wrong = [
        (code, area, period, said)
        for code, area, period, said in asked
        if mart.get((code, places.get(area, area), period)) != said.removesuffix(" (voorlopig)")
    ]
    assert wrong == []


def test_parts_and_classes_are_those_of_the_mart(database: Path, websites: Path) -> None:
    with duckdb.connect(str(database), read_only=True) as con:
        parts = con.execute(
            "SELECT onderwerp, gebied, periode, waarde, afronding "
            "FROM mart.waarneming JOIN mart.onderwerp USING (onderwerp) "
            "WHERE REGEXP_MATCHES(gebiedsniveau, '^(statsec|deelgemeente|wijk)') AND waarde IS NOT NULL"
        ).fetchall()
        sums = con.execute(
            "SELECT DISTINCT o.rol_van, k.periode, k.geslacht, SUM(k.waarde) FROM mart.kubus AS k "
            "JOIN mart.onderwerp AS o USING (onderwerp) WHERE k.geslacht IS NOT NULL "
            "AND k.gebiedsniveau = 'gemeente' AND k.gebied = '44021' "
            "GROUP BY k.onderwerp, o.rol_van, k.periode, k.geslacht"
        ).fetchall()
    mart = {(topic, code, period): written(value, decimals) for topic, code, period, value, decimals in parts}
    asked = wrong = 0
    for path in random.Random(19).sample(
        [*sorted(websites.glob("gent/binnen/*")), *sorted(websites.glob("hasselt/binnen/*"))], 30
    ):
        for table in tree(path).iter("table"):
            year = text(table.find("caption")).rpartition(", ")[2]
            for row in table.find("tbody").iter("tr"):
                name, value = list(row)
                if "leeg" not in value.get("class") and len(code := text(name.find("small"))) > 5:
                    asked, wrong = asked + 1, wrong + (mart.get((path.stem, code, year)) != text(value))
    assert (asked > 1000, wrong) == (True, 0)
    checked = 0
    for topic, year, sex, total in sums:
        for table in tree(websites / "gent" / "onderwerp" / f"{topic}.html").iter("table"):
            if text(table.find("caption")).endswith(f" naar geslacht, {year}"):
                cells = {text(row[0]).lower(): text(row[1]) for row in table.find("tbody").iter("tr")}
                assert cells[sex] == written(total, 0)
                checked += 1
    assert checked >= 4


def test_the_workbooks_hold_the_figures_of_the_mart(database: Path, websites: Path) -> None:
    with duckdb.connect(str(database), read_only=True) as con:
        mart = {
            (topic, period): value
            for topic, period, value in con.execute(
                "SELECT onderwerp, periode, waarde FROM mart.waarneming WHERE gebiedsniveau = 'gemeente' "
                "AND gebied = '44021' AND waarde IS NOT NULL AND LENGTH(periode) <> 7"
            ).fetchall()
        }
    found = {}
    for path in (websites / "gent" / "downloads").glob("*.xlsx"):
        for code, _, area, period, value, *_ in openpyxl.load_workbook(path)["cijfers"].iter_rows(2, values_only=True):
            if area == "Gent" and value is not None:
                found[code, period] = value
    assert found.keys() == mart.keys()
    assert [key for key, value in mart.items() if not math.isclose(value, found[key], rel_tol=1e-15)] == []


def test_a_chart_is_taken_along_as_png(websites: Path, browser: Browser) -> None:
    serving = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=websites))
    Thread(target=serving.serve_forever, daemon=True).start()
    tab = browser.new_page()
    tab.goto(f"http://127.0.0.1:{serving.server_port}/gent/onderwerp/vp1101_65p.html")
    with tab.expect_download() as taken:
        tab.get_by_role("button", name="grafiek (PNG)").click()
    serving.shutdown()
    assert re.fullmatch(r"vp1101_65p_gent_\d{4}-\d{4}\.png", taken.value.suggested_filename)
    assert Path(taken.value.path()).read_bytes().startswith(b"\x89PNG")


def test_in_a_browser_nothing_is_in_the_way(websites: Path, browser: Browser) -> None:
    """No violation by axe (at 1280 in dark alone), nothing wider than the page, no request elsewhere, no message,
    in light and in dark, at three widths; and all of it without scripts."""
    names = [*PAGES, "onderwerpen", *(f"onderwerp/{code}" for code in STATES)]
    faults: list[Any] = []
    context = browser.new_context()
    context.on("request", lambda r: faults.append(r.url) if not r.url.startswith(websites.as_uri()) else None)
    context.on("console", lambda said: faults.append(said.text))
    tab = context.new_page()
    for mode in ("light", "dark"):
        tab.emulate_media(color_scheme=mode)
        others = [("hasselt", "onderwerp/vp3101_arop"), ("vgc", "index")]
        for city, name in (
            [("gent", n) for n in names] + others if mode == "light" else [("gent", n) for n in names[::4]]
        ):
            tab.goto((websites / city / f"{name}.html").as_uri())
            tab.evaluate(Axe().axe_script)
            for width in WIDTHS:
                tab.set_viewport_size({"width": width, "height": 800})
                if tab.evaluate("document.documentElement.scrollWidth") > width:
                    faults.append((city, name, width, "wider than the page"))
                if mode == "dark" or width < 1280:
                    found = tab.evaluate("rules => axe.run(document, rules)", RULES)["violations"]
                    faults += [(name, width, mode, v["id"], v["nodes"][0]["html"][:150]) for v in found]
    assert faults == []


def test_without_scripts_all_is_there_and_with_them_one_finds_and_chooses(websites: Path, browser: Browser) -> None:
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto((websites / "gent" / "onderwerpen.html").as_uri())
    assert plain.get_by_role("link", name="Administratief armoederisico", exact=True).is_visible()
    tab = browser.new_page()
    tab.goto((websites / "gent" / "index.html").as_uri())
    tab.get_by_label("Zoek een cijfer").fill("armoede")
    tab.get_by_role("button", name="Zoek").click()
    assert "armoederisico" in tab.locator("#gevonden li").first.inner_text()
    tab.goto((websites / "gent" / "vergelijk" / "veiligheid.html").as_uri() + "?g=44021,11002")
    shown = tab.locator("thead th:visible").all_inner_texts()
    assert shown == ["Onderwerp", "Jaar", "Antwerpen", "Gent"]
    tab.get_by_label("Leuven").check()
    assert "g=11002%2C44021%2C24062" in tab.url


@pytest.mark.parametrize(("asked", "found"), WORDS.items())
def test_a_word_of_citizens_finds_its_subject_in_the_first_five(
    websites: Path, search: Page, asked: str, found: set[str]
) -> None:
    search.goto((websites / "gent" / "onderwerpen.html").as_uri())
    search.get_by_label("Zoek een cijfer").fill(asked)
    links = search.locator("#gevonden li a").evaluate_all("links => links.slice(0, 5).map(a => a.getAttribute('href'))")
    assert found & {Path(link).stem for link in links}, links


def test_two_hundred_hostile_texts_run_nowhere(database: Path, browser: Browser, tmp_path: Path) -> None:
    hostile = tmp_path / "hostile.duckdb"
    shutil.copy(database, hostile)
    with duckdb.connect() as con:
        con.execute(f"ATTACH {quoted(hostile)} AS r; USE r")
        con.execute("CREATE TEMP TABLE kwaad AS SELECT UNNEST(?) AS tekst, UNNEST(RANGE(10)) AS nr", [list(HOSTILE)])
        for table, columns in {
            "onderwerp": ("naam", "omschrijving", "voetnoot", "eenheid", "controleur"),
            "bron": ("titel", "uitgever", "licentie", "bronvermelding", "pagina", "toelichting"),
            "gebied": ("naam",),
            "kwaliteit": ("omschrijving", "waargenomen", "boodschap"),
        }.items():
            for column in columns:
                con.execute(
                    f"UPDATE r.mart.{table} AS t SET {column} = k.tekst || COALESCE(t.{column}, '') FROM kwaad AS k "
                    f"WHERE k.nr = HASH(t.{table if table in ('onderwerp', 'gebied') else 'bron'}, '{column}') % 10"
                )
    make_websites(hostile, tmp_path / "to", "gent", lambda said: None)
    tab, ran = browser.new_page(), []
    tab.on("dialog", lambda dialog: ran.append(dialog.message))
    tab.on("console", lambda said: ran.append(said.text))
    tab.set_viewport_size({"width": 320, "height": 800})
    pages = sorted((tmp_path / "to" / "gent").rglob("*.html"))
    for path in random.Random(7).sample(pages, 200):
        page = tree(path)
        scripts = {e.get("src") for e in page.iter("script")}
        assert scripts <= {f"{up}{n}.js" for up in ("", "../") for n in ("zoek", "kies", "woorden", "beeld")}, path
        assert not [
            k for e in page.iter() if isinstance(e.tag, str) for k in e.attrib if re.match("on|style|srcdoc", k)
        ]
        assert not [h for e in page.iter("a") if (h := e.get("href") or "").lower().lstrip().startswith("javascript")]
    for path in random.Random(19).sample(pages, 25) + [
        tmp_path / "to" / "gent" / f"{n}.html" for n in ("index", "kwaliteit")
    ]:
        tab.goto(path.as_uri())
        assert tab.evaluate("window.run") is None
        assert tab.evaluate("document.documentElement.scrollWidth") <= 320, path
    assert ran == []
