"""The reports of a release of all built-in figures: their words and numbers are those of the mart, their PDFs are for
everybody, and the texts of the house break nowhere."""

from __future__ import annotations

import random
import re
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import html5rdf
import page as pdf_checker
import pypdf

from pipelines.describe.catalogue import load_cities
from pipelines.describe.reports import ReportFile, ReportSpec
from pipelines.site import subject
from pipelines.site.make import make_websites
from pipelines.site.read_release import Place, ReleaseFigures, read_figures
from pipelines.site.report.drawn import Functions
from pipelines.site.report.text import marked
from pipelines.site.report.tree import blocks

SIDES = {
    "centrumsteden": "de 13 centrumsteden samen",
    "vlaanderen": "Vlaanderen",
    "buren": "de verwante gemeenten samen",
}
EVERY = """{% for thema in themas() %}{% for code in vergelijkbare(thema) %}

{{ code }}|centrumsteden|{{ vergelijking(code, 'centrumsteden') }}

{{ code }}|vlaanderen|{{ vergelijking(code, 'vlaanderen') }}

{{ code }}|buren|{{ vergelijking(code, 'buren') }}
{% endfor %}{% endfor %}"""
CHANGES = """{% for thema in themas() %}{% for code in onderwerpen(thema) %}

{{ code }}|verandering|{{ verandering(code) }}
{% endfor %}{% endfor %}"""
BROKEN = re.compile(r"\{|\}|None|\*\*|\s[.,;](\s|$)|\.\.|\(\)|[\ue000-\uf8ff]|: [.,]|[^.!?:)”]$")
# Every latest figure of the cities beside a reference of the same year, from the observations and the peers alone.
BESIDE = """
WITH own AS (
  SELECT w.*, o.interval, ROW_NUMBER() OVER (PARTITION BY w.onderwerp, w.gebied ORDER BY w.periode DESC) AS nr
  FROM mart.waarneming AS w JOIN mart.onderwerp AS o USING (onderwerp)
  WHERE w.gebiedsniveau IN ('gemeente', 'vgc') AND w.waarde IS NOT NULL AND LENGTH(w.periode) <> 7
    AND w.gebied IN (SELECT UNNEST(?))
), beside AS (
  SELECT 'vlaanderen' AS side, onderwerp, periode, NULL AS gebied, waarde FROM mart.waarneming WHERE gebied = '02000'
  UNION ALL
  SELECT 'centrumsteden', onderwerp, periode, NULL, waarde FROM mart.waarneming WHERE gebied = 'centrumsteden'
  UNION ALL
  SELECT 'buren', w.onderwerp, w.periode, b.gebied, ANY_VALUE(o.factor) * SUM(w.teller) / SUM(w.noemer)
  FROM mart.buur AS b JOIN mart.waarneming AS w ON w.gebied = b.buur AND w.gebiedsniveau = 'gemeente'
  JOIN mart.onderwerp AS o USING (onderwerp)
  WHERE b.groep = 'centrumstad' AND o.factor IS NOT NULL
  GROUP BY w.onderwerp, w.periode, b.gebied HAVING COUNT(*) = COUNT(w.waarde)
)
SELECT own.gebied, own.onderwerp, b.side, own.waarde, own.ondergrens, own.bovengrens, own.interval, b.waarde
FROM own JOIN beside AS b ON b.onderwerp = own.onderwerp AND b.periode = own.periode
  AND (b.gebied IS NULL OR b.gebied = own.gebied)
WHERE own.nr = 1 AND b.waarde IS NOT NULL
"""


def in_words(value: float, low: float | None, high: float | None, method: str, other: float) -> str | None:
    """How a figure compares, by its interval alone; a whole count is its own interval, and without one nothing is."""
    if method.startswith("volledige telling"):
        low = high = value
    if low is None or high is None:
        return None
    return "hoger dan" if low > other else "lager dan" if high < other else "niet te onderscheiden van"


def said_in(figures: ReleaseFigures, place: Place, asked: str) -> dict[tuple[str, str], str]:
    """What a report of a city says where it is asked for every subject, by subject and what was asked."""
    facts = cache(lambda code: subject.facts(figures, place, figures.topics[code]))
    file = ReportFile("proef", "proef.yaml", 0, ReportSpec(naam="Proef", inleiding="Alle.", tekst=asked))
    trees = blocks(file, *marked(file, Functions(figures, place, {}, facts).all()))
    found = {}
    for tree in trees:
        text = "".join(piece["s"] for piece in tree["c"])
        if text.count("|") == 2:
            code, side, said = text.split("|")
            found[code, side] = said
    return found


def test_a_thousand_comparisons_follow_the_intervals_of_the_observations(database: Path) -> None:
    cities = load_cities()
    figures = read_figures(database, cities, [city.stad for city in cities])
    areas = [city.nis_code or city.stad for city in cities]
    with duckdb.connect(str(database), read_only=True) as con:
        beside = {(a, c, s): rest for a, c, s, *rest in con.execute(BESIDE, [areas]).fetchall()}
    wrong, seen = [], []
    for city, area in zip(cities, areas, strict=True):
        for (code, side), said in said_in(figures, Place(city.stad, area, city.naam), EVERY).items():
            value, low, high, method, other = beside[area, code, side]
            word = in_words(value, low, high, method or "", other) or "niet met zekerheid te vergelijken met"
            seen.append(word)
            if not said.startswith(f"{word} {SIDES[side]} ("):
                wrong.append((area, code, side, said, word))
    print(f"\n{len(seen)} comparisons in words:", {word: seen.count(word) for word in dict.fromkeys(seen)})
    assert wrong == []
    assert len(seen) > 1000
    assert min(seen.count(word) for word in ("hoger dan", "lager dan", "niet te onderscheiden van")) > 50


def test_a_thousand_changes_are_said_to_be_more_or_less_where_the_intervals_do_not_meet(database: Path) -> None:
    cities = load_cities()
    figures = read_figures(database, cities, [city.stad for city in cities])
    two = "SELECT waarde, ondergrens, bovengrens, interval FROM mart.waarneming JOIN mart.onderwerp USING (onderwerp) "
    two += "WHERE gebied = ? AND onderwerp = ? AND gebiedsniveau IN ('gemeente', 'vgc') AND waarde IS NOT NULL "
    two += "AND LENGTH(periode) <> 7 ORDER BY periode DESC LIMIT 2"
    wrong, seen = [], []
    with duckdb.connect(str(database), read_only=True) as con:
        for city in cities:
            area = city.nis_code or city.stad
            for (code, _), said in said_in(figures, Place(city.stad, area, city.naam), CHANGES).items():
                now, before = con.execute(two, [area, code]).fetchall()
                chance = None if None in (now[1], before[1]) else now[1] <= before[2] and before[1] <= now[2]
                meant = "meer dan in" if now[0] > before[0] else "minder dan in"
                if not (now[3] or "").startswith("volledige telling") and chance:
                    meant = "niet te onderscheiden van"
                seen.append(meant)
                unsure = chance is None and not now[3].startswith("volledige telling")
                if said.startswith("ongeveer gelijk aan"):
                    continue  # equal as written
                if meant not in said or unsure != said.endswith("hoe groot het toeval is"):
                    wrong.append((area, code, said, meant))
    print(f"\n{len(seen)} changes in words:", {meant: seen.count(meant) for meant in dict.fromkeys(seen)})
    assert wrong == []
    assert len(seen) > 1000
    assert seen.count("niet te onderscheiden van") > 50


def tree(path: Path) -> Any:
    return html5rdf.HTMLParser(strict=True, namespaceHTMLElements=False).parse(path.read_text(encoding="utf-8"))


def text(element: Any) -> str:
    return "".join(element.itertext()).strip()


def written(value: float, decimals: int) -> str:
    """A value as a report must show it, made another way than the report does."""
    rounded = Decimal(str(value)).quantize(Decimal(10) ** -decimals, ROUND_HALF_UP)
    return f"{rounded:,}".replace(",", "\u202f").replace(".", ",").replace("-", "\u2212")


def rows(path: Path) -> list[tuple[str, list[str]]]:
    """Every row of the tables of subjects in a report: the subject that it leads to, and its cells."""
    found = []
    for row in tree(path).iter("tr"):
        link = row.find("th").find("a")
        if link is not None:
            found.append((link.get("href").removeprefix("../onderwerp/").removesuffix(".html"), [text(c) for c in row]))
    return found


def test_a_thousand_numbers_in_tables_are_those_of_the_mart_in_the_page_and_in_the_pdf(
    database: Path, websites: Path
) -> None:
    with duckdb.connect(str(database), read_only=True) as con:
        mart = {
            (area, code): (written(value, decimals), period)
            for area, code, value, decimals, period in con.execute(
                "SELECT w.gebied, w.onderwerp, w.waarde, o.afronding, w.periode FROM mart.waarneming AS w "
                "JOIN mart.onderwerp AS o USING (onderwerp) WHERE w.waarde IS NOT NULL AND LENGTH(w.periode) <> 7 "
                "AND w.gebiedsniveau IN ('gemeente', 'vgc', 'centrumsteden') ORDER BY w.periode"
            ).fetchall()
        }
    area_of = {city.stad: city.nis_code or city.stad for city in load_cities()} | {"centrumsteden": "centrumsteden"}
    found = [
        (path, code, cells)
        for path in sorted(websites.glob("*/rapport/*.html"))
        for code, cells in rows(path)
        if cells[1] != "–"
    ]
    pdfs = {
        path: "".join("".join(p.extract_text() for p in pypdf.PdfReader(path).pages).split())
        for path in websites.glob("*/rapport/*.pdf")
    }
    asked = random.Random(19).sample(found, min(len(found), 1000))
    wrong = []
    for path, code, cells in asked:
        city = path.parent.parent.name
        if (cells[1], cells[2]) != mart[area_of[city], code]:
            wrong.append((path.stem, code, cells))
        if "".join("".join(cells[1:]).split()) not in pdfs[path.with_name(f"{path.stem}_{city}.pdf")]:
            wrong.append((path.stem, "pdf", code, cells))
        if not (path.parent.parent / "onderwerp" / f"{code}.html").exists():
            wrong.append((path.stem, code, "leads nowhere"))
    print(f"\n{len(asked)} rows of {len(found)}")
    assert wrong == []
    assert len(asked) > 500


def test_every_pdf_is_for_everybody_light_and_the_same_twice(database: Path, websites: Path, tmp_path: Path) -> None:
    pdfs = sorted(websites.glob("*/rapport/*.pdf"))
    faults = {}
    for path in pdfs:
        checked = pdf_checker.validate_pdf(str(path), profile=pdf_checker.ValidationProfile.PDF_UA_1)
        if not checked.is_compliant:
            faults[path.name] = checked.failures
    assert faults == {}
    assert max(path.stat().st_size for path in pdfs) <= 400_000
    make_websites(database, tmp_path, "gent", lambda said: None)
    made = sorted(tmp_path.glob("gent/rapport/*.pdf"))
    print(f"\n{len(pdfs)} PDFs, the largest {max(p.stat().st_size for p in pdfs)} bytes")
    assert {p.name: p.read_bytes() for p in made} == {
        p.name: p.read_bytes() for p in (websites / "gent" / "rapport").glob("*.pdf")
    }


def test_no_sentence_of_the_house_is_broken(websites: Path) -> None:
    broken = []
    for path in websites.glob("*/rapport/*.html"):
        for element in tree(path).find(".//article").iter("p"):
            said = text(element) if element.get("class") != "knoppen" else "Een knop."
            if re.match(r"[a-z]", said) or not said or BROKEN.search(said):
                broken.append((path.name, said[:100]))
    assert broken == []
