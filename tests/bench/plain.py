"""What the pipeline builds, without gate or history, by hand for speed: `python -m tests.bench.plain DATA OUT`."""

import hashlib
import io
import os
import re
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
from python_calamine import CalamineWorkbook

ROOT = Path(__file__).resolve().parents[2]
NOW = time.localtime().tm_year
CATALOGUE = "".join(path.read_text() for path in (ROOT / "models" / "indicatoren").glob("*.yaml"))
SUBJECTS = sorted(re.findall(r"^  (v\w+):", CATALOGUE, re.MULTILINE))
# subject: who is counted, or the column it comes from
COUNTED = {"m": "s = 0", "v": "s = 1", "0_17": "a < 18", "18_64": "a >= 18 AND a < 65", "t": "TRUE"}
COUNTED |= {"20_64": "a >= 20 AND a < 65", "65p": "a >= 65", "80p": "a >= 80", "nbel": "b = 1"}
PERMITS = {"v2207_woningen": "woningen", "v2207_app": "appartementen", "v2207_renovatie": "renovaties"}
INCOME = {"v3102_aangiften": "aangiften", "v3102_inkomen": "inkomen", "vg3102_mediaan": "mediaan"}
# the known headers by the hash of their sorted columns; the columns themselves would be a third of this file
KNOWN = "a66fa115 786ab6fc 875dc37b 96920bf3 085d64c3 2abda762 e10dc64c 380d8593 4ba596fe 2c6b3515"
# sectors of Antwerpen that the publisher numbered anew, each with its number of 2019
ALIASES = "J8AN J81- K1NP K174 P2AP P21- P6AK J94- P6BK J923 P6CK J901 P6DK J912 P6EK J932 Q2PP Q2PA"
# what the five datasets are published on, and what is made of it: the register has more, which takes twice the time
LEVELS = ("gemeente2018", "gemeente2024", "provincie2024", "statsec2019")
LEVELS += ("gemeente", "provincie", "gewest", "centrumsteden", "vgc")
TODAY = "('gemeente', 'provincie', 'gewest', 'centrumsteden', 'vgc')"
OPTIONS = "auto_detect=false, header=true, delim=';', columns="


def enum(*values: object) -> str:
    """SQL of an enum; in the order of the text, so that it sorts like text and costs what a number costs."""
    return "ENUM(" + ", ".join(f"'{v}'" for v in values) + ")"


SETUP = rf"""
CREATE TABLE lijst AS SELECT gebiedsniveau AS niveau, * FROM read_parquet('{{register}}/gebied-*.parquet');
CREATE TYPE niveau AS ENUM (SELECT DISTINCT niveau FROM lijst ORDER BY 1);
CREATE TYPE code AS ENUM (SELECT DISTINCT gebied FROM lijst ORDER BY 1);
CREATE TYPE status AS {enum("nvt", "leeg", "ok", "verborgen", "onbekend")};
CREATE TYPE onderwerp AS {enum(*SUBJECTS)};
CREATE TABLE tijd AS SELECT (jaar - 1996) * 13 + maand AS periode,
  jaar || CASE WHEN maand > 0 THEN printf('-%02d', maand) ELSE '' END AS tekst
  FROM range(1996, {NOW + 1}) AS j (jaar), range(13) AS m (maand);
CREATE TABLE gebied AS SELECT niveau::niveau AS niveau, gebied::code AS gebied,
  COALESCE(gewest IN ('02000', '04000'), FALSE) AS hier, soort = 'gebied' AND hier AS getoond FROM lijst;
CREATE TABLE nodig AS SELECT niveau, COUNT(*) AS n FROM gebied WHERE getoond GROUP BY niveau;
CREATE TABLE relatie AS SELECT van_niveau::niveau AS van_niveau, van::code AS van,
  naar_niveau::niveau AS naar_niveau, naar::code AS naar
FROM read_parquet('{{register}}/gebied_relatie-*.parquet')
WHERE aard = 'exact' AND van_niveau IN {LEVELS} AND naar_niveau IN {LEVELS};
CREATE TABLE keten AS WITH RECURSIVE k AS (
    SELECT niveau AS van_niveau, gebied AS van, niveau AS naar_niveau, gebied AS naar FROM gebied
    UNION SELECT k.van_niveau, k.van, r.naar_niveau, r.naar
    FROM k JOIN relatie AS r ON r.van_niveau = k.naar_niveau AND r.van = k.naar)
  SELECT *, COUNT(*) OVER (PARTITION BY van_niveau, naar_niveau, naar) AS delen FROM k
  WHERE naar_niveau IN {TODAY} AND (naar_niveau, naar) IN (SELECT (niveau, gebied) FROM gebied WHERE getoond);
CREATE TABLE bevolking (niveau niveau, gebied code, jaar INT, regels INT, rijen INT, goed INT, sleutels INT,
  verschillend INT, kleinste INT, {", ".join(f"v1101_{c} DOUBLE" for c in COUNTED)});
CREATE TABLE misdaad (niveau niveau, gebied code, jaar INT, onderwerp onderwerp, status status, waarde DOUBLE);
CREATE TABLE feit (onderwerp onderwerp, niveau niveau, gebied code, periode INT, waarde DOUBLE, status status,
  geleverd BOOLEAN, getoond BOOLEAN);
CREATE TABLE verwacht (onderwerp onderwerp, niveau niveau, jaar INT);
CREATE TABLE uitkomst (onderwerp onderwerp NOT NULL, niveau niveau NOT NULL, gebied code NOT NULL,
  periode INT NOT NULL, waarde DOUBLE, status status NOT NULL, teller DOUBLE, noemer DOUBLE);
CREATE MACRO heel(x) AS CASE WHEN TRY_CAST(x AS BIGINT)::VARCHAR = x THEN x::BIGINT
  ELSE error('not an integer: ' || COALESCE(x, 'empty')) END;
CREATE MACRO mits(x) AS CASE WHEN x <> '' THEN heel(x) END;
CREATE MACRO getal(x) AS CASE WHEN regexp_matches(x, '^-?\d+(\.\d+)?$') THEN x::DOUBLE
  WHEN COALESCE(x, '') <> '' THEN error('not a number: ' || x) END;
CREATE MACRO maat(x) AS CASE WHEN x = '.' THEN NULL WHEN regexp_matches(x, '^-?\d{{1,3}}( \d{{3}})+$')
  THEN replace(x, ' ', '')::BIGINT ELSE heel(x) END;
"""
# What the publisher does not list occurs nowhere, or nobody knows. A municipality of today follows from one level
# only; above it the publisher's own figure beats a sum. The worst status of the parts is that of the sum.
BUILD = f"""
INSERT INTO feit WITH gat AS (
    SELECT onderwerp, niveau, periode, CASE WHEN onderwerp = 'vg3102_mediaan' THEN 'nvt'
      WHEN onderwerp LIKE 'v1101%' OR onderwerp LIKE 'v3102%' THEN 'ok' ELSE 'onbekend' END AS s
    FROM feit JOIN nodig USING (niveau) GROUP BY ALL HAVING COUNT_IF(getoond) < ANY_VALUE(n))
  SELECT onderwerp, niveau, gebied, periode, CASE s WHEN 'ok' THEN 0 END, s, FALSE, TRUE
  FROM gat JOIN gebied USING (niveau) ANTI JOIN feit USING (onderwerp, niveau, periode, gebied) WHERE getoond;
INSERT INTO uitkomst BY NAME WITH deel AS (
    SELECT onderwerp, naar_niveau AS niveau, naar AS gebied, periode, waarde, status, geleverd, delen, niveau AS van
    FROM feit JOIN keten ON van_niveau = niveau AND van = gebied AND delen = 1
    UNION ALL SELECT onderwerp, naar_niveau, naar, periode, SUM(waarde),
      CASE WHEN onderwerp IN ('vg3101_mediaan', 'vp3101_arop', 'vg3102_mediaan') THEN 'onbekend'::status
      ELSE MAX(status) END, BOOL_OR(geleverd), MIN(delen), niveau
    FROM feit JOIN keten ON van_niveau = niveau AND van = gebied AND delen > 1
    GROUP BY onderwerp, naar_niveau, naar, periode, niveau), gekozen AS (
    FROM deel WHERE niveau = 'gemeente' UNION ALL FROM deel WHERE niveau <> 'gemeente' QUALIFY
      ROW_NUMBER() OVER (PARTITION BY onderwerp, niveau, gebied, periode ORDER BY geleverd DESC, delen, van) = 1)
  SELECT onderwerp, niveau, gebied, periode, CASE status WHEN 'ok' THEN waarde END AS waarde, status FROM gekozen
  UNION ALL SELECT onderwerp, niveau, gebied, periode, waarde, status FROM feit WHERE getoond AND niveau NOT IN {TODAY};
INSERT INTO uitkomst SELECT * REPLACE (CASE status WHEN 'ok' THEN waarde END AS waarde) FROM (
  SELECT r.onderwerp, t.niveau, t.gebied, t.periode, factor * t.waarde / n.waarde AS waarde, CASE
      WHEN GREATEST(t.status, n.status) > 'ok'::status THEN GREATEST(t.status, n.status) WHEN t.status <> 'ok'
      THEN t.status WHEN n.waarde = 0 THEN 'nvt' ELSE n.status END AS status, t.waarde, n.waarde
  FROM (VALUES ('vp1101_65p', 'v1101_65p', 'v1101_t', 100), ('vp1101_80p', 'v1101_80p', 'v1101_t', 100),
    ('vp1101_nbel', 'v1101_nbel', 'v1101_t', 100), ('vp1101_grijs', 'v1101_65p', 'v1101_20_64', 100),
    ('vp2801_vh_totcrim', 'v2801_vh_totcrim', 'v1101_t', 1000),
    ('vg3102_gemiddelde', 'v3102_inkomen', 'v3102_aangiften', 1)) AS r (onderwerp, teller, noemer, factor)
  JOIN uitkomst AS t ON t.onderwerp = r.teller JOIN uitkomst AS n
    ON n.onderwerp = r.noemer AND n.niveau = t.niveau AND n.gebied = t.gebied AND n.periode = t.periode);
"""


class Memory:
    """A file in memory that is written again and again, so that its pages are made only once."""

    def __init__(self) -> None:
        self.fd, self.rows = os.memfd_create("plain"), 0

    def read(self, source: Path | bytes, delim: str = ";", quote: str = '"', **types: str) -> str:
        """SQL that reads a file, the file in a zip, or bytes: a known header, text cells or the types given."""
        stream = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
        if isinstance(source, Path) and source.suffix == ".zip":
            archive = zipfile.ZipFile(stream)
            stream = archive.open(*archive.namelist())
        size, lines, first, last = 0, -1, b"", b""
        while block := stream.read(1 << 20):
            first, last = first or block, block
            lines += block.count(b"\n")
            size += os.pwrite(self.fd, block, size)
        os.ftruncate(self.fd, size)
        self.rows = lines + (last[-1:] != b"\n")
        columns = first.partition(b"\n")[0].decode("utf-8-sig").rstrip("\r").replace('"', "").split(delim)
        if hashlib.sha256("|".join(sorted(columns)).encode()).hexdigest()[:8] not in KNOWN.split():
            raise ValueError(f"no known header: {columns}")
        typed = ", ".join(f"'{c}': '" + types.get(c, "VARCHAR").replace("'", "''") + "'" for c in columns)
        return f"""read_csv('/proc/self/fd/{self.fd}', auto_detect=false, header=true, delim='{delim}', quote='{quote}',
          escape='{quote}', strict_mode=true, null_padding=false, columns={{{typed}}})"""


def contract(table: str, since: int, rows: object, key: str = "", excepted: tuple[str, str] = ("", "")) -> str:
    """Every line read, key unique, years and areas known, and so many areas of Flanders and Brussels as there are."""
    return f"""SELECT n FROM (SELECT COUNT(*) AS n FROM {table}) WHERE n <> {rows};
      SELECT niveau, gebied, jaar FROM {table} WHERE jaar IS NULL OR jaar NOT BETWEEN {since} AND {NOW}
        OR (niveau, gebied) = {excepted};
      SELECT niveau, gebied FROM {table} ANTI JOIN gebied USING (niveau, gebied);
      SELECT niveau, gebied, jaar{key} FROM {table} GROUP BY ALL HAVING COUNT(*) > 1;
      SELECT niveau, jaar{key} FROM {table} JOIN gebied USING (niveau, gebied) JOIN nodig USING (niveau)
      WHERE niveau <> 'statsec2019' GROUP BY ALL
      HAVING COUNT_IF(getoond) <> ANY_VALUE(n) - (niveau = '{excepted[0]}')::INT;"""


def jump(table: str, value: str, most: float, above: int = 0, where: str = "TRUE", unit: str = "gebied") -> str:
    """A value differs by at most a factor from the year before it in the file, per area."""
    return f"""WITH n AS (SELECT niveau, {unit} AS g, jaar, {value} AS w FROM {table} WHERE {where} GROUP BY ALL),
        r AS (SELECT niveau, g, LIST(w ORDER BY jaar) AS r FROM n GROUP BY ALL)
      SELECT * FROM (SELECT niveau, g, unnest(r[2:]) AS w, unnest(r[:-2]) AS v FROM r)
      WHERE GREATEST(w, v) >= {above} AND (w > {most} * v OR v > {most} * w);"""


class Plain:
    """The script's connection, its folder, and files in memory."""

    def __init__(self, data: Path, register: Path) -> None:
        self.areas = SETUP.replace("{register}", str(register))
        self.con, self.data, self.memory, self.memories = duckdb.connect(), data, Memory(), [Memory(), Memory()]

    def check(self, queries: str) -> None:
        """Raise when one of the queries finds a wrong row."""
        for query in filter(str.strip, queries.split(";")):
            if row := self.con.execute(f"{query} LIMIT 1").fetchone():
                raise ValueError(f"{row} is wrong, found by {query}")

    def add(self, table: str, subjects: dict[str, str], levels: str, missing: str = "'onbekend'") -> None:
        """Subjects for `feit`, at the levels that are published; they are expected in every year of the source."""
        month = "maand" if table == "vergunning" else "0"
        for subject, value in subjects.items():
            name = "onderwerp" if table == "misdaad" else f"'{subject}'"
            self.con.execute(f"""INSERT INTO feit SELECT {name}, niveau, gebied, (jaar - 1996) * 13 + {month}, {value},
                CASE WHEN {value} IS NULL THEN {missing} ELSE 'ok' END, TRUE, getoond
              FROM {table} JOIN gebied USING (niveau, gebied) WHERE hier AND niveau IN ({levels});
              INSERT INTO verwacht SELECT DISTINCT {name}, niveau, jaar FROM {table} WHERE niveau IN ({levels})""")

    def population_year(self, path: Path) -> None:
        """One year, added up while it is read; keys are bits per area, which cost less than a table of them."""
        memory, year = self.memories.pop(), int(path.stem[-4:])
        types = {"CD_SEX": enum("M", "F"), "CD_NATLTY": enum("BEL", "ETR"), "CD_AGE": enum(*range(121))}
        types |= {"CD_CIV_STS": enum(1, 2, 3, 4, 10, 20, 30, 40), "CD_YEAR": enum(year)}
        source = memory.read(path, "|", "", CD_REFNIS="code", CD_MUNTY_REFNIS="code", **types)
        area, dated = ("CD_MUNTY_REFNIS", "CD_YEAR") if "CD_YEAR" in source else ("CD_REFNIS", "''")
        level = "gemeente2018" if year < 2019 else "gemeente2024" if year < 2025 else "gemeente"
        self.setup.result()
        self.con.cursor().execute(f"""INSERT INTO bevolking
          SELECT '{level}', g, {year}, {memory.rows}, COUNT(*), COUNT_IF(goed AND k IS NOT NULL),
            COUNT_IF(a < 100), bit_count(bitstring_agg(k, 0, 2047) FILTER (WHERE a < 100)), MIN(n),
            {", ".join(f"SUM(CASE WHEN {who} THEN n ELSE 0 END)" for who in COUNTED.values())}
          FROM (SELECT {area} AS g, enum_code(CD_SEX) AS s, enum_code(CD_NATLTY) AS b, enum_code(CD_AGE) AS a,
              (((s * 2 + b) * 4 + enum_code(CD_CIV_STS) % 4)::SMALLINT * 128 + a)::SMALLINT AS k,
              MS_POPULATION::INT AS n, n::VARCHAR = MS_POPULATION AND {dated} IS NOT NULL AS goed
            FROM {source}) GROUP BY g""")
        self.memories.append(memory)

    def texts(self) -> None:
        """Building permits (month 0 is the year), poverty (in Windows-1252), and income per sector of 2019."""
        years, level = enum(*range(1996, NOW + 1)), enum(*range(1, 6))
        cast = {"CD_YEAR": years, "CD_PERIOD": enum(*range(13)), "CD_REFNIS_LEVEL": level, "REFNIS": "code"}
        self.con.execute(f"""CREATE TABLE vergunning AS SELECT REFNIS AS gebied, 1996 + enum_code(CD_YEAR) AS jaar,
            enum_code(CD_PERIOD) AS maand, mits(MS_DWELLING_RES_NEW) AS woningen,
            mits(MS_APARTMENT_RES_NEW) AS appartementen, mits(MS_BUILDING_RES_RENOVATION) AS renovaties,
            ['belgie', 'gewest', 'provincie', 'arrondiss', 'gemeente'][enum_code(CD_REFNIS_LEVEL) + 1]::niveau AS niveau
          FROM {self.memory.read(next(self.data.glob("statbel-bouwvergunningen/*.zip")), "|", **cast)}""")
        self.check(f"""{contract("vergunning", 1996, self.memory.rows, ", maand", ("provincie", "04000"))}
          {jump("vergunning", "SUM(woningen)", 8, 1000, "maand = 0")} SELECT * FROM vergunning
          WHERE maand IS NULL OR LEAST(woningen, appartementen, renovaties) < 0 OR appartementen > woningen;
          SELECT gebied, jaar FROM vergunning WHERE niveau = 'gemeente' GROUP BY ALL
          HAVING COUNT(woningen) = 13 AND SUM(CASE WHEN maand > 0 THEN woningen ELSE -woningen END) <> 0;
          SELECT jaar, maand FROM vergunning GROUP BY ALL HAVING ABS(
            SUM(woningen) FILTER (WHERE niveau = 'gewest' AND gebied = '02000') - SUM(woningen) FILTER (
              WHERE niveau = 'provincie' AND gebied IN ('10000', '20001', '30000', '40000', '70000'))) > 5""")
        self.add("vergunning", PERMITS, "'gemeente', 'provincie', 'gewest'")
        raw = (self.data / "statbel-admin-income" / "TF_SOC_ADI_MUNTY.csv").read_bytes().decode("cp1252").encode()
        self.con.execute(f"""CREATE TABLE armoede AS SELECT 'gemeente2024'::niveau AS niveau, CD_MUNTY_REFNIS AS gebied,
            heel(CD_YEAR) AS jaar, getal(MS_MEDIAN) AS mediaan, getal(MS_ADMIN_AROP) AS armoederisico
          FROM {self.memory.read(raw, ",", CD_MUNTY_REFNIS="code")}""")
        self.check(f"""{contract("armoede", 2015, self.memory.rows, excepted=("gemeente2024", "73028"))}
          {jump("armoede", "MAX(mediaan)", 1.15)} {jump("armoede", "MAX(armoederisico)", 1.6, 6)}
          SELECT * FROM armoede WHERE armoederisico NOT BETWEEN 0.5 AND 60 OR mediaan NOT BETWEEN 10000 AND 60000;
          SELECT jaar FROM armoede GROUP BY ALL HAVING COUNT(armoederisico + mediaan) < 0.98 * COUNT(*)""")
        self.add("armoede", {"vg3101_mediaan": "mediaan", "vp3101_arop": "armoederisico"}, "'gemeente2024'")
        new, old = (str([f"11002{word}" for word in ALIASES.split()[i::2]]) for i in (0, 1))
        self.con.execute(f"""CREATE TABLE inkomen AS SELECT 'statsec2019'::niveau AS niveau, 2020 AS jaar,
            "NIS code van de gemeente" AS gemeente, maat("Aantal aangiften") AS aangiften,
            maat("Totaal netto belastbaar inkomen") AS inkomen, maat("Mediaan inkomen per aangifte") AS mediaan,
            maat("Gemiddeld inkomen per aangifte") AS gemiddelde,
            COALESCE(MAP({new}, {old})["Code van de sector"], "Code van de sector")::code AS gebied
          FROM {self.memory.read(self.data / "statbel-fiscal-income" / "fisc2020_D_NL.csv")}""")
        self.check(f"""{contract("inkomen", 2020, self.memory.rows)}
          {jump("inkomen", "SUM(aangiften)", 1.3, 200, unit="gemeente")}
          SELECT naar FROM relatie JOIN gebied ON niveau = van_niveau AND gebied = van
          WHERE getoond AND niveau = 'statsec2019' AND naar_niveau = 'gemeente2024'
            AND naar::VARCHAR NOT IN (SELECT gemeente FROM inkomen);
          SELECT * FROM inkomen WHERE gemeente IS NULL OR mediaan NOT BETWEEN 1000 AND 250000
            OR ABS(gemiddelde - inkomen / aangiften) > 0.51;
          SELECT gemeente FROM inkomen WHERE inkomen IS NOT NULL GROUP BY ALL
          HAVING SUM(inkomen) / SUM(aangiften) NOT BETWEEN 10000 AND 120000;
          SELECT COUNT(inkomen) AS n FROM inkomen HAVING n < 0.6 * COUNT(*); SELECT gebied, gemeente FROM inkomen JOIN
          relatie ON van_niveau = niveau AND van = gebied WHERE naar_niveau = 'gemeente2024' AND gemeente <> naar""")
        self.add("inkomen", INCOME, "'statsec2019'", "'verborgen'")

    def crime(self) -> None:
        """Recorded crime: five sheets with one column per subject."""
        book, cells = CalamineWorkbook.from_path(str(self.data / "pinc-swing-uploads" / "Upload_2008_2020.xlsx")), 0
        for sheet in book.sheet_names:
            rows = [r for r in book.get_sheet_by_name(sheet).to_python() if any(c != "" for c in r)]
            whole = ([int(c) if isinstance(c, float) and c.is_integer() else c for c in row] for row in rows)
            source = self.memory.read("\n".join(";".join(map(str, row)) for row in whole).encode())
            cells += self.memory.rows * len(rows[0][3:])
            self.con.execute(f"""INSERT INTO misdaad SELECT (geolevel || '2024')::niveau,
                CASE geoitem WHEN '4000' THEN '04000' ELSE geoitem END, heel(period), code,
                CASE cel WHEN '-99996' THEN 'leeg' WHEN '-99997' THEN 'verborgen' WHEN '-99998' THEN 'nvt'
                  WHEN '-99999' THEN 'onbekend' ELSE 'ok' END AS s, CASE s WHEN 'ok' THEN heel(cel) END
              FROM {source} UNPIVOT INCLUDE NULLS (cel FOR code IN ({", ".join(rows[0][3:])}))""")
        self.check(f"""{contract("misdaad", 2008, cells, ", onderwerp")} SELECT * FROM misdaad WHERE waarde < 0;
          {jump("misdaad", "SUM(waarde)", 2.5, 600, "onderwerp = 'v2801_vh_totcrim' AND gebied NOT LIKE '9999%'")}
          SELECT COUNT(DISTINCT onderwerp) AS n FROM misdaad HAVING n <> 33;
          SELECT * FROM misdaad AS m JOIN misdaad AS t USING (niveau, gebied, jaar)
          WHERE t.onderwerp = 'v2801_vh_totcrim' AND m.waarde > t.waarde;
          SELECT jaar, onderwerp FROM misdaad GROUP BY ALL HAVING SUM(waarde) FILTER (WHERE niveau = 'gemeente2024')
            <> SUM(waarde) FILTER (WHERE niveau = 'provincie2024')""")
        self.add("misdaad", {"*": "waarde"}, "'gemeente2024', 'provincie2024'", "status")

    def run(self, out: Path) -> int:
        """Read, check, build and write; gives the number of rows."""
        out.unlink(missing_ok=True)
        with ThreadPoolExecutor(2) as pool:  # one file is unpacked while another is read
            self.setup = pool.submit(self.con.execute, self.areas)
            years = pool.map(self.population_year, sorted(self.data.glob("statbel-population/TF_SOC_POP_STRUCT_*.zip")))
            self.setup.result()
            self.crime()
            self.texts()
            list(years)
        self.check(f"""{contract("bevolking", 2009, "n")} {jump("bevolking", "SUM(v1101_t)", 1.25, 200)}
          SELECT jaar FROM bevolking GROUP BY ALL HAVING SUM(rijen) <> MIN(regels) OR SUM(goed) <> MIN(regels);
          SELECT * FROM bevolking WHERE sleutels <> verschillend OR kleinste < 1 OR v1101_0_17 = 0 OR v1101_65p = 0
            OR (v1101_t >= 1000 AND v1101_m / v1101_t NOT BETWEEN 0.4 AND 0.6);
          SELECT n.jaar, a.jaar FROM bevolking AS n JOIN bevolking AS a USING (gebied) WHERE n.jaar <> a.jaar
          GROUP BY ALL HAVING AVG((n.v1101_t = a.v1101_t)::INT) > 0.5""")
        self.add("bevolking", {f"v1101_{c}": f"v1101_{c}" for c in COUNTED}, "'gemeente2018', 'gemeente2024'")
        self.con.execute(BUILD)
        self.check("""SELECT onderwerp, niveau, periode FROM uitkomst JOIN nodig USING (niveau) GROUP BY ALL
          HAVING COUNT(*) <> ANY_VALUE(n) OR COUNT(DISTINCT gebied) <> COUNT(*);
          SELECT * FROM uitkomst WHERE (status = 'ok') <> (waarde IS NOT NULL) OR isnan(waarde) OR isinf(waarde);
          SELECT * FROM verwacht FULL JOIN (SELECT DISTINCT onderwerp, niveau, 1996 + periode // 13 AS jaar
            FROM uitkomst SEMI JOIN verwacht USING (onderwerp, niveau)) AS u USING (onderwerp, niveau, jaar)
          WHERE verwacht.onderwerp IS NULL OR u.onderwerp IS NULL""")
        self.con.execute(f"""ATTACH '{out}' AS uit; CREATE TABLE uit.waarneming AS SELECT onderwerp::VARCHAR AS
            onderwerp, niveau::VARCHAR AS gebiedsniveau, gebied::VARCHAR AS gebied, (SELECT LIST(tekst ORDER BY periode)
            FROM tijd)[periode + 1] AS periode, waarde, status::VARCHAR AS status, teller, noemer
          FROM (FROM uitkomst ORDER BY gebied, onderwerp, niveau, periode) AS u; DETACH uit""")
        return self.con.execute("SELECT COUNT(*) FROM uitkomst").fetchone()[0]


if __name__ == "__main__":
    started = time.perf_counter()
    number = Plain(Path(sys.argv[1]), Path(sys.argv[3])).run(Path(sys.argv[2]))
    print(f'{{"seconds": {time.perf_counter() - started:.3f}, "rows": {number}}}')
