"""Websites without a browser: numbers as they are written, charts, what is written to disk, hostile texts."""

import io
import json
import multiprocessing
import signal
from pathlib import Path

import duckdb
import openpyxl
import pytest
from markupsafe import Markup
from pydantic import ValidationError

from pipelines.describe.catalogue import load_cities, load_topics
from pipelines.describe.themes import load_themes
from pipelines.describe.tiles import Tiles, contrast, load_tiles
from pipelines.site import numbers, words
from pipelines.site.charts import Dot, Line, as_file, line_chart
from pipelines.site.detail import class_name, months, parts_within, splits
from pipelines.site.downloads import by_year, csv_text, workbook
from pipelines.site.escaped import page
from pipelines.site.make import make_and_send
from pipelines.site.map import SHAPES, area_map
from pipelines.site.overview import tile
from pipelines.site.read_detail import Detail, Inside, Split, read_splits
from pipelines.site.read_release import Place, Point, ReleaseFigures
from pipelines.site.spread import spread, spread_facts
from pipelines.site.subject import chart_file, facts
from pipelines.site.write import LIST, Folder, NoPlace
from pipelines.voorbeeld import kaart

GENT = Place("gent", "44021", "Gent")
HOSTILE = "<script>window.run=1</script>\"'><img src=x onerror=window.run=1>\u202e\x00=1+1 {{ 7*7 }}"


@pytest.mark.parametrize(
    ("value", "decimals", "unit", "said"),
    [
        (1234567, 0, "personen", "1\u202f234\u202f567 personen"),
        (1, 0, "personen", "1 persoon"),
        (16.45, 1, "%", "16,5\u00a0%"),
        (0.25, 1, "%", "0,3\u00a0%"),
        (-0.04, 1, "%", "0,0\u00a0%"),
        (-3.25, 1, "%", "\u22123,3\u00a0%"),
        (25456, 0, "€", "€\u00a025\u202f456"),
        (512, 0, "€ per inwoner", "€\u00a0512 per inwoner"),
        (4_394_000_000, 0, "€", "€\u00a04,39\u00a0miljard"),
        (12_340_000, 0, "kWh", "12,3\u00a0miljoen\u00a0kWh"),
        (999_999_999, 0, "€", "€\u00a01,00\u00a0miljard"),
        (7, 0, None, "7"),
    ],
)
def test_a_number_is_written_as_a_flemish_reader_does(value: float, decimals: int, unit: str | None, said: str) -> None:
    assert numbers.measured(value, decimals, unit) == said


def test_a_spreadsheet_gets_the_whole_number() -> None:
    assert [numbers.comma(v) for v in (16.509489366377824, 1200.0, 1e-7, 0.0)] == [
        "16,509489366377824",
        "1200",
        "0,0000001",
        "0",
    ]


def test_a_line_is_broken_where_a_year_is_missing() -> None:
    dots = [Dot(2015, 1.0), Dot(2016, 2.0), Dot(2019, 3.0), Dot(2020, 4.0), Dot(2022, 5.0)]
    svg = line_chart([Line("Gent", "own", dots)], 1, "a < b")
    assert svg.count('<path class="own"') == 2
    assert svg.count('<circle class="own dot"') == 1
    assert 'aria-label="a &lt; b"' in svg
    assert "&lt;b&gt;" in as_file(svg, "<b>", "&")


def test_only_what_differs_is_written_and_what_is_not_made_goes(tmp_path: Path) -> None:
    def write(**texts: str) -> int:
        folder = Folder(tmp_path / "gent")
        for name, text in texts.items():
            folder.give(f"onderwerp/{name}.html", text)
        folder.end()
        return folder.written

    assert write(a="1", b="2") == 2
    assert write(a="1", b="2") == 0
    own = tmp_path / "gent" / "onderwerp" / "eigen.txt"
    own.write_text("of the city")
    assert write(a="1", c="3") == 1
    assert sorted(p.name for p in own.parent.iterdir()) == ["a.html", "c.html", "eigen.txt"]
    assert json.loads((tmp_path / "gent" / LIST).read_text()) == ["onderwerp/a.html", "onderwerp/c.html"]


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("years of work")
    with pytest.raises(NoPlace, match="choose an empty folder with --to"):
        Folder(tmp_path)


def test_what_goes_wrong_in_the_second_process_is_told_in_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *given: None)
    receive, send = multiprocessing.Pipe(duplex=False)
    make_and_send(tmp_path / "weg.duckdb", tmp_path, ["gent"], send)
    assert isinstance(receive.recv(), duckdb.IOException)


def test_what_a_website_shows_first_is_in_the_catalogue() -> None:
    tiles, topics, cities = load_tiles(), load_topics(), {c.stad for c in load_cities()}
    themes = {theme.naam for theme in load_themes().values()}
    for own in (tiles.of(""), *tiles.steden.values()):
        assert set(own.themas) <= themes
        assert {c for codes in (own.start, *own.themas.values()) for c in codes} <= set(topics)
    assert set(tiles.steden) <= {*cities, "centrumsteden"}
    assert len(tiles.start) == 12


def test_a_colour_on_which_white_letters_cannot_be_read_is_refused() -> None:
    assert round(contrast("#000000", "#ffffff"), 1) == 21.0
    assert Tiles(kleur="#0B4F6C", start=[], themas={}).kleur == "#0b4f6c"
    with pytest.raises(ValidationError, match="take a darker one"):
        Tiles(kleur="#ffcc00", start=[], themas={})


def small(text: str) -> ReleaseFigures:
    """One subject in two cities, with a text in every place that a publisher or analyst fills."""
    topic = {"onderwerp": "vp9999_x", "naam": text, "omschrijving": text, "thema": text, "soort": "percentage"}
    topic |= {"afronding": 1, "eenheid": text, "bron": "b", "teller": None, "noemer": None, "status": "actief"}
    topic |= dict.fromkeys(("voetnoot", "breuk", "interval", "uploader", "controleur"), text)
    source = {
        "bron": "b",
        "titel": text,
        "uitgever": text,
        "licentie": text,
        "bronvermelding": text,
        "aanvaard_op": None,
    }
    series = {
        ("44021", "vp9999_x"): [Point("2020", 2020, 1.0, "ok", None, 0.5, 1.5, False)],
        ("11002", "vp9999_x"): [Point("2020", 2020, None, "onbekend", text, None, None, False)],
    }
    row = {
        "waarde": 1.0,
        "periode": "2020",
        "kwaliteit": "A",
        "rang": 1,
        "gerangschikt": 12,
        "rang_van": 1,
        "rang_tot": 2,
    }
    row |= {"ondergrens": 0.5, "bovengrens": 1.5, "vorige_waarde": 3.0, "vorige_periode": "2019", "verandering": -2.0}
    row |= {"trend": "dalend", "trend_van": "2016"}
    for side, _ in words.SIDES:
        row |= {f"tegenover_{side}": "hoger", f"waarde_{side}": 0.2, f"oordeel_{side}": "beter"}
    profile = {("44021", "vp9999_x"): row}
    cities = [c for c in load_cities() if c.stad in ("gent", "antwerpen")]
    bron = {"b": source | {"pagina": f"javascript:{text}"}}
    area = [Point("2020", 2020, float(nr), "ok", None, None, None, False) for nr in range(5)]
    missing = Point("2020", 2020, None, "onbekend", text, None, None, False)
    there = dict(zip(("44021", "11001", "11004", "11005", "11008"), area, strict=True)) | {"11002": missing}
    everywhere = {"vp9999_x": ("2020", there)}
    parts = Inside(
        "wijk2024", "2020", [("44021a", text, area[3]), ("44021b", "Zuid", area[1]), ("44021c", "Oost", missing)]
    )
    ages = [((18, 64), 6.0, "ok"), ((5, 17), 2.0, "ok"), ((65, 100), None, "verborgen")]
    sexes = [((text,), 3.0, "ok"), (("vrouw",), 1.0, "ok")]
    cubes = [Split("vp9999_x", "leeftijd_van", "2020", ages), Split("vp9999_x", text, "2020", sexes)]
    by_month = [Point(f"2020-{nr:02}", 2020 * 12 + nr - 1, float(nr), "ok", None, None, None, True) for nr in (1, 2, 4)]
    key = ("44021", "vp9999_x")
    detail = Detail({key: [parts]}, {key: by_month}, {key: cubes})
    return ReleaseFigures(
        {}, {"vp9999_x": topic}, bron, profile, series, everywhere, detail, {"11002": text}, {}, {}, {}, {}, cities
    )


def subject(figures: ReleaseFigures) -> str:
    topic = figures.topics["vp9999_x"]
    shared = {"place": GENT, "site": "Gent", "cities": [], "own_page": "", "root": "../", "address": "x"}
    made = spread(figures, topic)
    more = {"theme": (topic["thema"], "x"), "download": "x", "spread": made and spread_facts(made, GENT, topic, [])}
    more |= {"splits": splits(figures, GENT, topic), "inside": parts_within(figures, GENT, topic)}
    more |= {"months": months(figures, GENT, topic)}
    return page("onderwerp", **shared, **facts(figures, GENT, topic), **more)


def test_a_hostile_text_is_a_text() -> None:
    made = subject(small(HOSTILE))
    assert "<script" not in made
    assert "<img" not in made
    assert 'href="javascript' not in made
    assert "\x00" not in made
    assert "{{ 7*7 }}" in made


def test_a_hostile_name_of_a_municipality_is_a_text() -> None:
    made = spread(small(HOSTILE), small(HOSTILE).topics["vp9999_x"])
    assert made is not None
    assert "&lt;script" in made.rows
    assert [part for part in ("<script", "<img", "\x00") if part in made.rows] == []


def test_the_shapes_of_the_maps_are_those_of_the_polygons(tmp_path: Path) -> None:
    shapes = kaart.shapes()
    assert len(shapes) == 286
    kaart.write(tmp_path / "kaart.csv")
    assert (tmp_path / "kaart.csv").read_bytes() == SHAPES.read_bytes()


def test_a_map_puts_what_looks_equal_in_one_class() -> None:
    areas = sorted(kaart.shapes())[:100]
    drawn = area_map({area: nr / 4 for nr, area in enumerate(areas)}, 0)
    assert drawn is not None
    assert [c.said for c in drawn.classes] == ["20 tot 25", "15 tot 19", "10 tot 14", "5 tot 9", "0 tot 4"]
    assert sum(c.areas for c in drawn.classes) == 100
    assert drawn.without == 186
    assert (drawn.of_area[areas[0]].kind, drawn.of_area[areas[99]].kind) == ("k1", "k5")
    assert drawn.around([areas[0]], "a < b").count('class="hier"') == 1
    mostly_none = area_map({area: float(nr > 90) for nr, area in enumerate(areas)}, 0)
    assert mostly_none is not None
    assert [c.said for c in mostly_none.classes] == ["1", "0"]
    assert area_map({area: 1.0 for area in areas[:4]}, 0) is None


def test_a_subject_is_told_by_part_age_and_month() -> None:
    figures = small("inwoners")
    topic = figures.topics["vp9999_x"]
    (level,) = parts_within(figures, GENT, topic)
    assert (level["level"], level["highest"], level["lowest"]) == (
        "wijken, indeling van 2024",
        "inwoners (3,0 inwoners)",
        "Zuid (1,0 inwoners)",
    )
    assert level["rows"][2] == ("Oost", "44021c", "onbekend: inwoners", False)
    by_age, by_sex = splits(figures, GENT, topic)
    assert [(row.name, row.text, row.share) for row in by_age["rows"]] == [
        ("5 tot 17 jaar", "2,0", "–"),
        ("18 tot 64 jaar", "6,0", "–"),
        ("65 jaar en ouder", "verborgen door de uitgever", "–"),
    ]
    assert [row.share for row in by_sex["rows"]] == ["75,0\u00a0%", "25,0\u00a0%"]
    by_month = months(figures, GENT, topic)
    assert by_month is not None
    assert by_month["rows"][0] == ("april 2020", "4,0 (voorlopig)", True)
    assert by_month["chart"].count('class="own gat"') == 1


def test_a_class_of_a_cube_is_said_in_words() -> None:
    said = [class_name(of) for of in ((0, 17), (80, 100), ("75+",), ("5-9",), ("4p",), ("niet_belg",))]
    assert said == ["0 tot 17 jaar", "80 jaar en ouder", "75 jaar en ouder", "5 tot 9 jaar", "4 of meer", "niet belg"]


def test_a_cube_with_a_cell_that_nobody_knows_has_no_sum() -> None:
    con = duckdb.connect()
    con.execute("CREATE SCHEMA mart")
    cells = [
        ("2020", "man", 0, 17, 5.0, "ok"),
        ("2020", "man", 18, 64, None, "verborgen"),
        ("2020", "vrouw", 0, 17, 7.0, "ok"),
        ("2019", "vrouw", 0, 17, 9.0, "ok"),
    ]
    con.execute(
        "CREATE TABLE mart.kubus (onderwerp TEXT DEFAULT 'k', gebiedsniveau TEXT DEFAULT 'gemeente', "
        "gebied TEXT DEFAULT '44021', periode TEXT, geslacht TEXT, leeftijd_van INT, leeftijd_tot INT, waarde DOUBLE, "
        "status TEXT, periode_begin DATE AS (CAST(periode || '-01-01' AS DATE)))"
    )
    con.executemany(
        "INSERT INTO mart.kubus BY NAME SELECT * FROM (VALUES (?, ?, ?, ?, ?, ?)) AS t"
        "(periode, geslacht, leeftijd_van, leeftijd_tot, waarde, status)",
        cells,
    )
    con.execute("CREATE TABLE mart.onderwerp AS SELECT 'k' AS onderwerp, 'plat' AS rol_van")
    found = read_splits(con, ["44021"])
    assert found["44021", "plat"] == found["44021", "k"]
    by_sex, by_age = found["44021", "k"]
    assert by_sex.classes == [(("man",), None, "verborgen"), (("vrouw",), 7.0, "ok")]
    assert by_age.classes == [((0, 17), 12.0, "ok"), ((18, 64), None, "verborgen")]


def test_what_a_chart_does_not_show_is_said_below_it() -> None:
    figures = small("%")
    topic = figures.topics["vp9999_x"] | {"soort": "prognose"}
    year = [Point(str(y), y, 1.0, "ok", None, None, None, False) for y in (2018, 2021)]
    figures.series["44021", "vp9999_x"] = year
    told = facts(figures, GENT, topic)
    assert told["notes"] == [
        "De streepjes zijn een vooruitzicht, geen telling.",
        "Dunne puntjes overbruggen jaren zonder cijfer: 2019 tot 2020.",
    ]
    assert 'class="own straks gat"' in told["chart"]


def test_a_count_has_no_map() -> None:
    figures = small("inwoners")
    topic = figures.topics["vp9999_x"]
    assert spread(figures, topic) is not None
    assert spread(figures, topic | {"soort": "plat"}) is None


def test_a_value_is_told_in_words() -> None:
    made = subject(small("%")).replace("\u00a0", " ")
    for said in (
        "<strong>1,0 %</strong>",
        "0,5 tot 1,5 %",
        "2,0 procentpunt minder dan in 2019 (3,0 %)",
        "dalend tussen 2016 en 2020",
        "hoogste van 12 (kan 1 tot 2 zijn); zonder Antwerpen",
        "hoger dan Vlaanderen (0,2 %), dat is beter",
    ):
        assert said in made


def test_a_tile_says_where_a_series_goes_and_a_page_that_there_are_no_parts() -> None:
    figures = small("%")
    assert tile(figures, GENT, "vp9999_x").trend == "Dalend tussen 2016 en 2020"
    figures.profiles["44021", "vp9999_x"]["trend"] = "geen trend"
    assert tile(figures, GENT, "vp9999_x").trend == ""
    none = "Van dit onderwerp zijn er geen cijfers van wijken of sectoren."
    assert none not in subject(figures)
    figures.detail.inside.clear()
    assert none in subject(figures)


def test_a_municipality_that_merged_says_so() -> None:
    figures = small("%")
    assert "Fusie" not in subject(figures)
    figures.names.update({"44021": "Gent", "44000": "Oost"})
    figures.merged["44021"] = (2025, ["44021", "44000"])
    assert "<dt>Fusie</dt><dd>Gent en Oost zijn sinds 2025 één gemeente." in subject(figures)


def test_a_forecast_has_no_trend_and_a_short_series_says_so() -> None:
    span = {"trend_van": "2018", "periode": "2021"}
    assert words.trend({"trend": "nvt", **span}) == ""
    assert words.trend({"trend": "niet aantoonbaar (4 punten)", **span}) == (
        "niet aantoonbaar (4 punten) tussen 2018 en 2021"
    )


def test_a_reason_names_areas_and_not_codes() -> None:
    figures = small("inwoners")
    figures.names.update({"71022": "Hasselt", "73040": "Kortessem", "71072": "Hasselt"})
    point = Point(
        "2020", 2020, None, "onbekend", "niet aggregeerbaar over de fusie 71022 + 73040 → 71072", None, None, None
    )
    assert words.missing(point, figures) == "onbekend: niet aggregeerbaar over de fusie Hasselt + Kortessem → Hasselt"
    assert words.with_names("vp9999_x: geen cijfer", figures) == "inwoners: geen cijfer"


def test_a_workbook_has_numbers_as_numbers_and_texts_as_texts() -> None:
    figures = small("=1+1")
    topics = list(figures.topics.values())
    made = workbook(figures, topics, by_year(figures, GENT, topics[0]))
    assert made == workbook(figures, topics, by_year(figures, GENT, topics[0]))
    book = openpyxl.load_workbook(io.BytesIO(made))
    assert [cell.value for cell in book["cijfers"][2]][3:] == ["2020", 1, "'=1+1", "ok", 0.5, 1.5]
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert [cell.value for cell in book["onderwerpen"][2]][4:6] == ["=1+1", "=1+1"]


def test_a_chart_that_is_taken_along_says_its_source_and_licence() -> None:
    figures = small("CC0")
    topic = figures.topics["vp9999_x"]
    made = chart_file(figures, GENT, topic, Markup("<svg></svg>"))
    assert "Bron: CC0. Licentie: CC0. vp9999_x</desc>" in made
    assert "<title>CC0, Gent, in CC0</title>" in made


def test_a_download_holds_no_formula() -> None:
    line = csv_text(by_year(small("=1+1"), GENT, small("=1+1").topics["vp9999_x"])).splitlines()[1]
    assert line.split(";")[:7] == ["vp9999_x", "'=1+1", "44021", "44021", "2020", "1", "'=1+1"]
