"""Makes the built-in figures that are sums or parts of a publisher's file; voorbeeld makes those that land whole."""

import argparse
import csv
import gzip
import io
import tempfile
import zipfile
from pathlib import Path

import duckdb
from python_calamine import CalamineWorkbook

from pipelines.describe.specfile import ROOT
from pipelines.landing.areas import load_areas

SOURCES = ROOT / "sources"
KOP_BEVOLKING = "nis_code;jaar;geslacht;nationaliteit;leeftijd_van;leeftijd_tot;aantal"
JAREN = (2009, 2015, 2017, 2018, 2019, 2020, 2021)


def schrijf(pad, kop, rijen):
    """Writes one table, packed where its name ends in .gz, and prints its number of rows."""
    tekst = io.StringIO(newline="")
    schrijver = csv.writer(tekst, delimiter=";", lineterminator="\n")
    schrijver.writerow(kop.split(";"))
    schrijver.writerows(rijen)
    inhoud = tekst.getvalue().encode()
    if pad.endswith(".gz"):
        inhoud = gzip.compress(inhoud, 9, mtime=0)
    (SOURCES / pad).write_bytes(inhoud)
    print(f"{pad}: {len(rijen)} rows")


def blad(pad, naam=None):
    """Reads a worksheet (the first one when unnamed) as header and rows."""
    werkboek = CalamineWorkbook.from_path(pad)
    kop, *rijen = werkboek.get_sheet_by_name(naam or werkboek.sheet_names[0]).to_python()
    return kop, rijen


def pipe(zipbestand, map_, quote=""):
    """Unpacks a zipped Statbel text file and gives the SQL that reads its columns as text."""
    with zipfile.ZipFile(zipbestand) as archief:
        (lid,) = archief.namelist()
        pad = archief.extract(lid, map_)
    return f"read_csv('{pad}', delim='|', header=true, all_varchar=true, quote='{quote}', escape='{quote}')"


def fiscaal(data):
    """Gives the rows of Statbel's income table by statistical sector."""
    with (data / "statbel-fiscal-income" / "fisc2020_D_NL.csv").open(encoding="utf-8", newline="") as bestand:
        return list(csv.reader(bestand, delimiter=";", quoting=csv.QUOTE_NONE))[1:]


def inwoners(db, bevolking):
    """Writes population by municipality, sex, nationality and age class for every year, by age for the last one."""
    for jaar in JAREN:
        nis = "CD_MUNTY_REFNIS" if jaar < 2019 else "CD_REFNIS"
        klassen = "values (0, 17), (18, 19), (20, 64), (65, 79), (80, 100)"
        if jaar == JAREN[-1]:
            klassen = "select unnest(range(101)), unnest(range(101))"  # the publisher's 100 is 100 and older
        rijen = db.sql(f"""
            with klassen(van, tot) as ({klassen})
            select {nis}, {jaar}, CD_SEX, CD_NATLTY, van, tot, sum(MS_POPULATION::int)::int as aantal
            from {bevolking[jaar]} left join klassen on CD_AGE::int between van and tot
            where CD_RGN_REFNIS in ('02000', '04000')
            group by all having aantal > 0 order by all""").fetchall()
        assert all(rij[4] is not None for rij in rijen), jaar
        schrijf(f"voorbeeld/statbel_bevolking_{jaar}.csv{'.gz' * (jaar == JAREN[-1])}", KOP_BEVOLKING, rijen)


def armoederisico(data):
    """Writes median income and poverty rate as the publisher writes them."""
    pad = data / "statbel-admin-income" / "TF_SOC_ADI_MUNTY.csv"
    with pad.open(encoding="cp1252", newline="") as bestand:
        alle = [rij for rij in csv.DictReader(bestand) if rij["CD_RGN_REFNIS"] in ("02000", "04000")]
    velden = ("CD_YEAR", "CD_MUNTY_REFNIS", "MS_MEDIAN", "MS_ADMIN_AROP")
    rijen = sorted([rij[veld] for veld in velden] for rij in alle)
    schrijf("voorbeeld/statbel_armoederisico.csv", "jaar;nis_code;mediaan_inkomen;armoederisico", rijen)


def criminaliteit(data):
    """Writes the sheets of the crime workbook as one flat upload and checks that no value is lost."""
    cellen, waarden = {}, []
    for naam in ("upload1", "upload2", "upload3", "upload4", "upload provincies"):
        kop, rijen = blad(data / "pinc-swing-uploads" / "Upload_2008_2020.xlsx", naam)
        assert kop[:3] == ["period", "geolevel", "geoitem"], naam
        for periode, niveau, gebied, *getallen in rijen:
            rij = cellen.setdefault((niveau, str(int(gebied)), str(int(periode))), {})
            for onderwerp, waarde in zip(kop[3:], getallen, strict=True):
                rij[onderwerp] = int(waarde)
                waarden.append(waarde)
    codes = sorted({onderwerp for rij in cellen.values() for onderwerp in rij})
    assert len(codes) == 33
    uit = [(*sleutel, *map(rij.get, codes)) for sleutel, rij in sorted(cellen.items())]
    geschreven = [waarde for rij in uit for waarde in rij[3:] if waarde is not None]
    assert (len(geschreven), sum(geschreven)) == (len(waarden), sum(waarden))
    schrijf("voorbeeld/politie_criminaliteit.csv", ";".join(["geolevel", "geoitem", "period", *codes]), uit)


def bouwvergunningen(db, vergunningen):
    """Writes permits for new homes and renovations of regions, provinces and municipalities."""
    rijen = db.sql(f"""
        select CD_REFNIS_LEVEL, REFNIS, CD_YEAR, CD_PERIOD,
            MS_DWELLING_RES_NEW, MS_APARTMENT_RES_NEW, MS_BUILDING_RES_RENOVATION
        from {vergunningen}
        where CD_REFNIS_LEVEL in ('2', '3', '5') and CD_REFNIS_REGION in ('02000', '04000')
        order by CD_REFNIS_LEVEL, REFNIS, CD_YEAR, CD_PERIOD::int""").fetchall()
    kop = "niveau;nis_code;jaar;maand;woningen;appartementen;renovaties"
    schrijf("voorbeeld/statbel_bouwvergunningen.csv", kop, rijen)


def inkomen(db, data):
    """Writes income by statistical sector, with the publisher's mark for hidden values."""
    load_areas(db)
    vraag = "select gebied from gebied where gebiedsniveau = 'gemeente2024' and gewest = '03000'"
    waals = {nis for (nis,) in db.sql(vraag).fetchall()}
    rijen = sorted(
        ("2020", nis, sector, *(getal.replace(" ", "") for getal in getallen[:4]))
        for nis, sector, _, *getallen in fiscaal(data)
        if nis not in waals
    )
    schrijf("voorbeeld/statbel_inkomen_sector.csv", "jaar;nis_code;sector;aangiften;inkomen;gemiddelde;mediaan", rijen)


def main():
    """Makes every table from the folder with the publishers' files."""
    opties = argparse.ArgumentParser(description=__doc__)
    opties.add_argument("data", type=Path, help="folder with the publishers' files")
    data = opties.parse_args().data
    db = duckdb.connect()
    with tempfile.TemporaryDirectory() as map_:
        zips = data / "statbel-population"
        bevolking = {jaar: pipe(zips / f"TF_SOC_POP_STRUCT_{jaar}.zip", map_) for jaar in JAREN}
        zips = data / "statbel-bouwvergunningen"
        vergunningen = pipe(zips / "statbel,_bouwvergunningen_20251201.zip", map_, quote='"')
        inwoners(db, bevolking)
        bouwvergunningen(db, vergunningen)
    armoederisico(data)
    criminaliteit(data)
    inkomen(db, data)


if __name__ == "__main__":
    main()
