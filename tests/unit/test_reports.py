"""Reports without a release: what is wrong in a text, sentences without their figure, hostile texts, and the PDF."""

import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import page as pdf_checker
import pypdf
import pytest

from pipelines.describe.catalogue import load_topics
from pipelines.describe.reports import FOLDER, ReportFault, ReportFile, ReportSpec, load_reports
from pipelines.describe.tiles import Own
from pipelines.site import subject
from pipelines.site.escaped import page
from pipelines.site.read_release import Place, Point, ReleaseFigures
from pipelines.site.report.drawn import Functions
from pipelines.site.report.pdf import NOT_DRAWN, as_pdf
from pipelines.site.report.text import marked
from pipelines.site.report.tree import blocks
from pipelines.site.report.written import KEPT, Site, begin_reports
from pipelines.site.write import Folder
from tests.unit.test_site import GENT, HOSTILE, small

RELEASE = {"release": "2026-01-01-0001", "gemaakt_op": datetime(2026, 1, 1, 12), "vingerafdruk": "a" * 64}
RELEASE |= {"code": "b" * 64}


def figures(name: str = "ouderen") -> ReleaseFigures:
    """Made up: Gent has a figure of vp9999_x and none of vp9998_y, and a count v9999_x of two years."""
    found = small(name)
    topic, row = found.topics["vp9999_x"], found.profiles["44021", "vp9999_x"]
    found.topics["vp9998_y"] = topic | {"onderwerp": "vp9998_y", "naam": "jongeren"}
    found.topics["v9999_x"] = topic | {"onderwerp": "v9999_x", "naam": "mensen", "soort": "plat", "eenheid": "personen"}
    found.topics["v9999_x"] |= {"afronding": 0, "interval": "volledige telling: allen"}
    count = {
        "waarde": 1234.0,
        "verandering": 34.0,
        "vorige_waarde": 1200.0,
        "vorige_periode": "2019",
        "periode": "2020",
    }
    count |= {"tegenover_vlaanderen": "nvt", "tegenover_centrumsteden": "nvt", "tegenover_buren": "nvt", "rang": None}
    found.profiles["44021", "v9999_x"] = row | count
    found.series["44021", "v9999_x"] = [
        Point("2019", 2019, 1200.0, "ok", None, None, None, False),
        Point("2020", 2020, 1234.0, "ok", None, None, None, False),
    ]
    return replace(found, release=RELEASE, peers={("44021", "centrumstad"): ["11002"]})


def report(text: str, **keys: str) -> ReportFile:
    return ReportFile("proef", "proef.yaml", 3, ReportSpec(naam="Proef", inleiding="Een proef.", tekst=text, **keys))


def tree(text: str, found: ReleaseFigures | None = None, place: Place = GENT) -> list[dict]:
    known = found or figures()
    functions = Functions(known, place, {}, lambda code: subject.facts(known, place, known.topics[code]))
    file = report(text)
    return blocks(file, *marked(file, functions.all()))


def plain(trees: list[dict]) -> str:
    """The words of a report, its paragraphs on lines of their own."""

    def said(item: object) -> str:
        if isinstance(item, dict):
            return item.get("s") or "".join(said(i) for i in item.values()) + (
                "\n" if item.get("t") in ("p", "h") else ""
            )
        return "".join(said(i) for i in item) if isinstance(item, list) else ""

    return said(trees).strip().replace("\u00a0", " ").replace("\u202f", ".")


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        ("naam: [x\n", "slecht.yaml, regel 2: dit is geen YAML"),
        ("- naam\n", "slecht.yaml: hier horen sleutels te staan"),
        ("naam: x\ninleiding: y\ntekst: |\n  z\ntitel: w\n", "slecht.yaml, regel 5: 'titel' is geen sleutel"),
        ("naam: x\ntekst: |\n  z\n", "slecht.yaml: 'inleiding' ontbreekt; voeg die sleutel toe"),
        ("naam: x\ninleiding: y\nvoor: gent\ntekst: |\n  z\n", "regel 3: 'voor' kan dit niet zijn; kies uit 'steden'"),
        ("naam: 5\ninleiding: y\ntekst: |\n  z\n", "slecht.yaml, regel 1: 'naam' moet tekst zijn"),
        ("naam: x\ninleiding: y\ntekst: een regel\n", "regel 3: de tekst moet onder de sleutel staan"),
        ("naam: x\ninleiding: y\n1: z\ntekst: |\n  z\n", "slecht.yaml: een sleutel is geen woord"),
        ("naam: \xff\n", "slecht.yaml: het bestand is geen UTF-8"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_its_line(tmp_path: Path, yaml: str, said: str) -> None:
    (tmp_path / "slecht.yaml").write_bytes(yaml.encode("latin-1"))
    (tmp_path / "goed.yaml").write_text("naam: x\ninleiding: y\ntekst: |\n  z\n")
    found, faults = load_reports(tmp_path)
    assert [file.name for file in found] == ["goed"]
    assert said in str(faults["slecht"])
    assert str(faults["slecht"]).count("\n") == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\n{{ waarde('vp9999_') }}", "regel 5: 'vp9999_' is geen code van een onderwerp; bedoel je vp9999_x?"),
        ("{{ waarde('vp9999_x', 'brussel') }}", "regel 4: 'brussel' is geen code van een gebied"),
        ("{{ vergelijking('vp9999_x', 'gent') }}", "regel 4: 'gent' is geen code waarmee te vergelijken is"),
        ("{{ vergelijking('v9999_x') }}", "regel 4: 'v9999_x' is een aantal"),
        ("a\n\n{{ waarde('vp9999_x' }}", "regel 6: hier klopt iets niet"),
        ("a\n{% for c in tegels('b') %}\n", "proef.yaml, regel 5"),
        ("{{ waarden('vp9999_x') }}", "regel 4: 'waarden' bestaat niet; kies uit"),
        ("{{ waarde() }}", "regel 4: waarde() is niet goed ingevuld"),
        ("{{ 1 / 0 }}", "regel 4: dit kan niet berekend worden"),
        ("{{ waarde('vp9999_x') ~ 'a' }}", "regel 4: een cijfer staat alleen tussen accolades"),
        ("{{ onderwerpen('Weer') }}", "regel 4: 'Weer' is geen thema; kies uit"),
        ("# Titel", "bij ‘Titel’: een titel begint met ##"),
        ("## Titel {{ waarde('vp9999_x') }}", "bij ‘Titel …’: in een titel kan geen cijfer"),
        ("tekst {{ tabel('vp9999_x') }}", "bij ‘tekst …’: een tabel of grafiek staat alleen"),
        ("![a](https://a.be/b.png)", "een afbeelding kan niet"),
        ("[a](../b.html)", "een link gaat naar een volledig adres"),
        ("[a](https://a.be/{{ gebied }})", "een link gaat naar een volledig adres"),
        ("{{ ''.__class__ }}", "regel 4: dit kan niet in een rapport"),
        ("{{ waarde.__globals__ }}", "regel 4: dit kan niet in een rapport"),
        ("{{ 'a' * 9 }}", "regel 4: dit kan niet in een rapport"),
        ("{% include 'x' %}", "proef.yaml, regel 4"),
        ("{% for c in tegels('ouderen') %}{% for d in 'x'.ljust(400000) %}a{% endfor %}{% endfor %}", "te lang"),
    ],
)
def test_what_is_wrong_in_a_text_is_said_with_its_line_or_paragraph(text: str, said: str) -> None:
    with pytest.raises(ReportFault) as fault:
        tree(text)
    assert said in str(fault.value)
    assert str(fault.value).startswith("proef.yaml")
    assert "\n" not in str(fault.value)


def test_a_figure_that_is_missing_breaks_no_sentence() -> None:
    why = "Voor “jongeren” is er geen cijfer"
    said = plain(
        tree("In {{ gebied }} is {{ waarde('vp9998_y') }} jong. Dat is {{ vergelijking('vp9998_y') }}. Goed zo.")
    )
    assert said.startswith(why)
    assert said.count(why) == 1
    assert said.endswith(" Goed zo.")
    assert plain(tree("**Van {{ waarde('vp9998_y') }}. Tot hier.** Klaar.")).count("**") == 0
    assert "jong" not in plain(tree("Dat zijn er bv. 5, o.a. Jan, of {{ waarde('vp9998_y') }} jong.")).replace(
        "jongeren", ""
    )
    assert plain(tree("- een {{ waarde('vp9999_x') }}\n- {{ trend('vp9998_y') }}")).startswith("een 1,0")
    assert plain(tree("| a | b |\n|---|---|\n| x | {{ waarde('vp9998_y') }} |")).count(why) == 0


def test_nothing_stands_under_a_title_that_has_nothing() -> None:
    assert plain(tree("## Een\n\n### Twee\n\n{{ grafiek('vp9998_y') }}\n\n## Drie\n\ntekst")) == "Drie\ntekst"


def test_words_follow_what_the_mart_says_of_chance() -> None:
    found = figures()
    row = found.profiles["44021", "vp9999_x"]
    for mark, said in {
        "hoger": "hoger dan",
        "lager": "lager dan",
        "niet te onderscheiden": "niet te onderscheiden van",
    }.items():
        row["tegenover_vlaanderen"] = mark
        assert plain(tree("{{ vergelijking('vp9999_x', 'vlaanderen') }}", found)).startswith(f"{said} Vlaanderen (0,2")
    row["tegenover_vlaanderen"] = "niet te bepalen"
    assert plain(tree("{{ vergelijking('vp9999_x', 'vlaanderen') }}", found)).startswith(
        "niet met zekerheid te vergelijken"
    )
    row["waarde_vlaanderen"] = None
    assert "geen cijfer van Vlaanderen om mee te vergelijken" in plain(
        tree("{{ vergelijking('vp9999_x', 'vlaanderen') }}", found)
    )


def test_more_and_less_are_said_of_more_than_chance() -> None:
    found = figures()
    change = "{{ verandering('vp9999_x') }}"
    found.topics["vp9999_x"]["interval"] = "wilson"
    points = found.series["44021", "vp9999_x"]

    def before(low: float | None, high: float | None) -> str:
        found.series["44021", "vp9999_x"] = [Point("2019", 2019, 3.0, "ok", None, low, high, False), points[-1]]
        return plain(tree(change, found))

    assert before(2.0, 4.0).startswith("2,0")
    assert " minder dan in 2019" in before(1.6, 4.0)
    assert before(1.4, 4.0).startswith("niet te onderscheiden van 2019 (3,0")
    assert before(None, None).endswith("zonder dat bekend is hoe groot het toeval is")
    assert plain(tree("{{ verandering('v9999_x') }}", found)) == "34 personen meer dan in 2019 (1.200 personen)"


def website(path: Path, found: ReleaseFigures, *files: ReportFile, faults: dict | None = None) -> tuple[list[str], int]:
    """The reports of a website of Gent alone: what is said of them, and how many files were written."""
    folder = Folder(path)
    shared = {"place": GENT, "site": "Gent", "cities": [], "own_page": ""}

    def give(name: str, template: str, facts: dict) -> None:
        folder.give(name, page(template, **shared, root="../" * name.count("/"), address=name, **facts))

    own = Own(kleur="#0b4f6c")
    site = Site(
        folder, path, give, found, GENT, own, "Gent", lambda code: subject.facts(found, GENT, found.topics[code])
    )
    with ThreadPoolExecutor(1) as drawing:
        said = begin_reports(site, (list(files), faults or {}), drawing)()
    folder.end()
    return said, folder.written


WHOLE = """
## Deel

Van {{ gebied }}: {{ waarde('vp9999_x') }}, **{{ vergelijking('vp9999_x') }}**. [Meer](https://example.org/).

- {{ naam_van('vp9999_x') }}

{{ tabel('vp9999_x', 'v9999_x', 'vp9998_y') }}

{{ grafiek('v9999_x') }}

{{ steden('vp9999_x') }}
"""


def pdf_text(path: Path) -> str:
    return "".join(p.extract_text() for p in pypdf.PdfReader(path).pages).replace("\u00a0", " ")


def test_a_report_is_a_page_and_an_accessible_pdf_and_says_where_it_comes_from(tmp_path: Path) -> None:
    assert website(tmp_path / "a", figures(), report(WHOLE)) == ([], 4)
    assert website(tmp_path / "b", figures(), report(WHOLE)) == ([], 4)
    made, again = ((tmp_path / x / "rapport" / "proef_gent.pdf").read_bytes() for x in "ab")
    assert made == again
    checked = pdf_checker.validate_pdf_bytes(made, profile=pdf_checker.ValidationProfile.PDF_UA_1)
    assert checked.is_compliant, checked.failures
    pdf = pypdf.PdfReader(io.BytesIO(made))
    assert pdf.root_object["/Lang"] == "nl-BE"
    assert pdf.metadata.title == "Proef: Gent"
    html = (tmp_path / "a" / "rapport" / "proef.html").read_text()
    for said in ("release 2026-01-01-0001 van 1 januari 2026", "obmi site --city gent --asof 2026-01-01-0001"):
        assert said in html
        assert said in " ".join(pdf_text(tmp_path / "a" / "rapport" / "proef_gent.pdf").split())
    assert '<a href="../onderwerp/vp9999_x.html">1,0\u00a0%</a>' not in html  # its unit is that of the made-up subject
    assert re.search(r'<a href="../onderwerp/vp9999_x.html">1,0.ouderen</a>', html)


def test_a_release_that_says_the_same_leaves_a_report_as_it_is(tmp_path: Path) -> None:
    website(tmp_path, figures(), report(WHOLE))
    later = RELEASE | {"release": "2026-02-01-0001", "gemaakt_op": datetime(2026, 2, 1)}
    assert website(tmp_path, replace(figures(), release=later), report(WHOLE)) == ([], 0)
    changed = replace(figures(), release=later)
    changed.profiles["44021", "vp9999_x"]["waarde"] = 1.7
    assert website(tmp_path, changed, report(WHOLE)) == ([], 3)  # the page, the PDF and what they hold
    assert json.loads((tmp_path / KEPT).read_text())["proef"]["release"] == "2026-02-01-0001"


def test_a_report_that_is_wrong_stays_as_it_was_and_the_others_are_made(tmp_path: Path) -> None:
    other = replace(report("Nog {{ waarde('vp9999_x') }}."), name="ander")
    website(tmp_path, figures(), report(WHOLE), other)
    before = {p.name: p.read_bytes() for p in (tmp_path / "rapport").iterdir()}
    said, _ = website(tmp_path, figures(), report("{{ waarde('weg') }}"), other)
    assert said == ["proef.yaml, regel 4: 'weg' is geen code van een onderwerp; bedoel je v9999_x?"] or len(said) == 1
    assert {p.name: p.read_bytes() for p in (tmp_path / "rapport").iterdir()} == before
    unread = {"proef": ReportFault("proef.yaml: kapot"), "ander": ReportFault("ander.yaml: kapot")}
    assert website(tmp_path, figures(), faults=unread)[0] == ["proef.yaml: kapot", "ander.yaml: kapot"]
    assert {p.name: p.read_bytes() for p in (tmp_path / "rapport").iterdir()} == before
    website(tmp_path, figures(), other)
    assert not (tmp_path / "rapport" / "proef.html").exists()


def test_without_the_program_that_makes_pdfs_the_pages_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "typst", None)
    said, _ = website(tmp_path, figures(), report(WHOLE), replace(report(WHOLE), name="ander"))
    assert said == ["de PDF's zijn niet gemaakt: typst ontbreekt; installeer requirements.lock"]
    assert sorted(p.name for p in (tmp_path / "rapport").iterdir()) == ["ander.html", "inhoud.json", "proef.html"]
    assert ".pdf" not in (tmp_path / "rapport" / "proef.html").read_text()
    monkeypatch.undo()
    assert website(tmp_path, figures(), report(WHOLE), replace(report(WHOLE), name="ander"))[0] == []
    assert (tmp_path / "rapport" / "proef_gent.pdf").exists()


@pytest.mark.parametrize(
    "name",
    [
        HOSTILE,
        "**vet** [x](javascript:run) ![y](https://evil.example/z.png)\n\n# titel\n\n| a |",
        '#panic("x") $x$ `raw` @ref <label> #read("/etc/passwd") \\',
        "\ue0000\ue001 \u202e \u2066 \ud7ff \ufffe 漢字 😀 " + "x" * 4096,
    ],
)
def test_a_hostile_name_is_a_text_in_the_page_and_in_the_pdf(tmp_path: Path, name: str) -> None:
    found = figures(name)
    assert website(tmp_path, found, report(WHOLE))[0] == []
    html = (tmp_path / "rapport" / "proef.html").read_text()
    article = html[html.index("<article") : html.index("</article>")]
    assert not re.search(r"<(script|img|h1 |strong>vet)|javascript:run\"|evil.example/z.png\"", article)
    assert set(re.findall(r'href="(https?:[^"]*)"', article)) == {"https://example.org/"}
    made = tmp_path / "rapport" / "proef_gent.pdf"
    checked = pdf_checker.validate_pdf(str(made), profile=pdf_checker.ValidationProfile.PDF_UA_1)
    assert checked.is_compliant, checked.failures
    links = [a.get_object() for p in pypdf.PdfReader(made).pages for a in p.get("/Annots", [])]
    assert {a["/A"]["/URI"] for a in links if "/URI" in a.get("/A", {})} == {"https://example.org/"}
    drawn = "".join(pdf_text(made).split())
    start = "".join(NOT_DRAWN.sub("?", name[:12]).split())
    assert start in drawn


def test_every_report_of_the_house_can_be_read_and_names_subjects_of_the_catalogue() -> None:
    found, faults = load_reports()
    assert faults == {}
    assert {file.name for file in found} >= {"omgevingsanalyse", "thema", "gemeentescan", "gemeentescan-kort"}
    topics = load_topics()
    for path in FOLDER.glob("*.yaml"):
        named = set(re.findall(r"'((?:v|vp|vg|vs)\d{4}_\w+)'", path.read_text(encoding="utf-8")))
        assert named <= set(topics), path


def test_a_pdf_that_cannot_be_made_is_told() -> None:
    with pytest.raises(ReportFault, match="de PDF is niet gemaakt"):
        as_pdf({"title": "Proef"}, datetime(2026, 1, 1))
