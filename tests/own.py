"""Data of a city of its own, made up for tests: a description with a word and figures that occur nowhere else."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.describe.catalogue import City, load_cities
from pipelines.home import Home
from tests.helpers import areas

CITIES = {c.stad: c for c in load_cities()}
DATASET, SUBJECT, RATE = "eigen_wachtlijst", "v2299_wachtlijst", "vp2299_wachtlijst"
FIGURE = 770_001  # and on: what a city of this place in the list has, ten apart, which no other figure is
YEARS = (2020, 2021)


def word(city: str) -> str:
    """What stands in every text of a city's own data, and nowhere else."""
    return f"kanarie-{city}-geheim"


def figure(city: str, year: int = YEARS[-1]) -> int:
    """What a city's own file says of a year."""
    return FIGURE + [*CITIES].index(city) * 10 + (YEARS[-1] - year) * 1000


def describe(home: Path, city: str, *, more: str = "") -> Path:
    """Write what a city says of its own data in its folder of a home, and a file of it; where that file is."""
    own, told = Home(home).of_city(city).root, CITIES[city]
    for part, text in (
        ("sources/eigen/wachtlijst.yaml", _source(told, more)),
        ("models/indicatoren/eigen.yaml", _topics(told)),
    ):
        path = own / part
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return deliver(home, city)


def deliver(home: Path, city: str, more: int = 0) -> Path:
    """A file of a city with so much more in every figure."""
    file = home.parent / f"{word(city)}.csv"
    rows = [f"{year};{nis};{figure(city, year) + more}" for year in YEARS for nis in CITIES[city].gemeenten[:1]]
    file.write_text("\n".join(["jaar;gebied;wachtenden", *rows, ""]), encoding="utf-8")
    return file


def _source(city: City, more: str) -> str:
    return f"""titel: Wachtlijst {word(city.stad)}
uitgever: Stad {word(city.stad)}
licentie: eigen gegevens
bronvermelding: {word(city.stad)}
pagina: https://example.org/{word(city.stad)}
thema: wonen
cadans: jaarlijks
status: ongetest
protocol: drop
gebied: {{niveau: gemeente, toelichting: {word(city.stad)}}}
periode: {{soort: stand, referentie: 1 januari, label: het jaar}}
dekking: {{gebieden: ["{city.gemeenten[0]}"], vanaf: {YEARS[0]}, tot: {YEARS[-1]}, afwezig: onbekend}}
verwerking:
  persoonsgegevens: true
  verantwoordelijke: dienst wonen, {word(city.stad)}
  doel: het beleid van {word(city.stad)} opvolgen
  rechtsgrond: taak van algemeen belang (AVG, artikel 6.1.e)
  betrokkenen: kandidaat-huurders
  gegevens: aantal per jaar
  ontvangers: de stad alleen
  bewaartermijn: tien jaar
columns:
  jaar: integer
  gebied: text
  wachtenden: {{type: integer, measure: true, min: 0, max: 9000000}}
key: [jaar, gebied]
formats:
  - name: lijst
    kind: csv
    header: {{jaar: jaar, gebied: gebied, wachtenden: wachtenden}}
{more}"""


def _topics(city: City) -> str:
    return f"""thema: Wonen
standaard:
  polariteit: geen
  interval: "geen: {word(city.stad)} telt wie wacht, toeval is er niet uit af te leiden"
  uploader: {word(city.stad)}
  controleur: werkgroep OBMi
onderwerpen:
  {SUBJECT}:
    naam: wachtlijst {word(city.stad)}
    naam_en: waiting list {word(city.stad)}
    omschrijving: "[aantal] kandidaat-huurders van {word(city.stad)} (aantal)"
    bron: {DATASET}
    maat: wachtenden
    eenheid: kandidaat-huurders
    voetnoot: {word(city.stad)}
  {RATE}:
    naam: wachtlijst van {word(city.stad)} per inwoner
    naam_en: waiting list of {word(city.stad)} per inhabitant
    omschrijving: "[ratio] kandidaat-huurders per 1.000 inwoners"
    teller: {SUBJECT}
    noemer: v1101_t
    factor: 1000
    eenheid: per 1.000 inwoners
    afronding: 1
"""


def own_home(home: Path, city: str) -> Home:
    """Where what is a city's own lies."""
    return Home(home).of_city(city)


def everything(path: Path, *, rows: bool = False) -> dict[str, str]:
    """Of every table of a file, with its comments, a hash of its rows, or all of its rows as text."""
    told = {}
    with duckdb.connect(str(path), read_only=True) as con:
        names = con.execute(
            "SELECT schema_name || '.' || table_name, comment FROM duckdb_tables() UNION ALL "
            "SELECT schema_name || '.' || view_name, comment FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
        for name, comment in names:
            if rows:
                found = con.execute(f"SELECT STRING_AGG(t::TEXT, ' ') FROM {name} AS t").fetchone()
            else:
                found = con.execute(f"SELECT COUNT(*), SUM(HASH(t)::HUGEINT) FROM {name} AS t").fetchone()
            told[name] = f"{comment} {found}"
    return told


SECTORS, PART = "eigen_meldingen", "v2298_meldingen"


def describe_sectors(home: Path, city: str, more: str = "deelt: totaal\n") -> Path:
    """What a city has by sector, of which it shares the total, and a file of it: of its sectors the first has one, the
    next two, and so on."""
    own, told = Home(home).of_city(city).root, CITIES[city]
    with areas() as con:
        asked = "SELECT gebied FROM gebied WHERE gebiedsniveau = 'statsec2024' AND gebied LIKE ? || '%' ORDER BY 1"
        codes = [code for (code,) in con.execute(asked, [told.gemeenten[0]]).fetchall()]
    source = _source(told, more).replace(word(city), "Meldingen").replace("wachtenden", "meldingen")
    source = source.replace("niveau: gemeente", "niveau: statsec2024").replace(f'["{told.gemeenten[0]}"]', str(codes))
    topics = f"""thema: Wonen
onderwerpen:
  {PART}:
    naam: meldingen
    naam_en: reports
    omschrijving: "[aantal] meldingen (aantal)"
    bron: {SECTORS}
    maat: meldingen
    eenheid: meldingen
    polariteit: geen
    interval: "geen: de stad telt wat gemeld is, toeval is er niet uit af te leiden"
    uploader: stad
    controleur: werkgroep OBMi
"""
    for part, text in (("sources/eigen/meldingen.yaml", source), ("models/indicatoren/meldingen.yaml", topics)):
        path = own / part
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    file = home.parent / "meldingen.csv"
    rows = [f"{year};{code};{i}" for year in YEARS for i, code in enumerate(codes, 1)]
    file.write_text("\n".join(["jaar;gebied;meldingen", *rows, ""]), encoding="utf-8")
    return file
