"""Makes the committed area lists and built-in figures from the publishers' own files."""

import argparse
import csv
import tempfile
import zipfile
from pathlib import Path

import duckdb
import yaml
from python_calamine import CalamineWorkbook

SOURCES = Path(__file__).resolve().parents[1] / "sources"
KOP_BEVOLKING = "nis_code;jaar;geslacht;nationaliteit;leeftijd_van;leeftijd_tot;aantal"
JAREN = (2009, 2015, 2017, 2018, 2019, 2020, 2021)
ONBEKEND = {"99991": "02000", "99992": "04000", "99993": "", "99999": ""}
VERSIES = {"gemeente2018": 589, "gemeente2024": 581, "gemeente": 565}
# The mergers in force since 1 January 2019 and since 1 January 2025; the tables must say the same.
FUSIES_2019 = """12030+12034>12041 44011+44049>44083 44001+44029>44084 44036+44072+44080>44085
    45017+45057>45068 71047+72040>72042 72025+72029>72043"""
FUSIES_2025 = """11002+11007>11002 23023+23024+23032>23106 37012+37018>37021 37007+37015>37022
    44012+44048>44086 44034+44073>44087 46014+44045>46029 44040+44043>44088 46003+46013+11056>46030
    73006+73032>73110 73009+73083>73111 71069+71057>71071 71022+73040>71072 82003+82005>82039"""


def gewijzigd(relatie):
    """Gives the areas of a relation that have another code afterwards."""
    return {van: naar for van, naar in relatie.items() if van != naar}


def fusies(tekst):
    """Reads a merger list as old code to new code, without the codes that stay."""
    paren = (fusie.split(">") for fusie in tekst.split())
    return gewijzigd({oud: nieuw for van, nieuw in paren for oud in van.split("+")})


def schrijf(pad, kop, rijen):
    """Writes one table and prints its number of rows."""
    with (SOURCES / pad).open("w", encoding="utf-8", newline="") as bestand:
        schrijver = csv.writer(bestand, delimiter=";", lineterminator="\n")
        schrijver.writerow(kop.split(";"))
        schrijver.writerows(rijen)
    print(f"{pad}: {len(rijen)} rows")


def blad(pad, naam=None):
    """Reads a worksheet (the first one when unnamed) as header and rows."""
    werkboek = CalamineWorkbook.from_path(pad)
    kop, *rijen = werkboek.get_sheet_by_name(naam or werkboek.sheet_names[0]).to_python()
    return kop, rijen


def code(waarde):
    """Gives an area code as text, with the leading zero that spreadsheets lose."""
    tekst = str(int(waarde)) if isinstance(waarde, float) else waarde.strip()
    return tekst.zfill(5) if tekst.isdigit() else tekst


def pipe(zipbestand, map_, quote=""):
    """Unpacks a zipped Statbel text file and gives the SQL that reads its columns as text."""
    with zipfile.ZipFile(zipbestand) as archief:
        (lid,) = archief.namelist()
        pad = archief.extract(lid, map_)
    return f"read_csv('{pad}', delim='|', header=true, all_varchar=true, quote='{quote}', escape='{quote}')"


def definitie(data, niveau):
    """Gives code and short name of every area of a level of Provincies in Cijfers."""
    rijen = blad(data / "pinc-gebiedsniveaus" / "gebiedsdefinities" / f"{niveau}.xlsx")[1]
    return {code(rij[1]): rij[2].strip() for rij in rijen}


def tabel(data, naam):
    """Gives the pairs of a two-column aggregation table of Provincies in Cijfers."""
    rijen = blad(data / "pinc-gebiedsniveaus" / "aggregatietabellen" / f"{naam}.xlsx")[1]
    return {(code(van), code(naar)) for van, naar in rijen}


def kolommen(data, *namen):
    """Gives the distinct pairs of two columns of the collection file of Provincies in Cijfers."""
    kop, rijen = blad(data / "pinc-gebiedsniveaus" / "verzamelbestanden" / "statsec2024_als_basis.xlsx")
    return {tuple(code(rij[kop.index(naam)]) for naam in namen) for rij in rijen}


def functie(paren):
    """Turns pairs into a dictionary and fails when a key has two values."""
    uit = dict(paren)
    assert len(uit) == len(set(paren)), "a key has more than one value"
    return uit


def statbel_gemeenten(db, bevolking, vergunningen):
    """Gives per version name, region and province of every municipality in Belgium, from Statbel's files."""
    uit, hoger = {}, "CD_RGN_REFNIS, CD_PROV_REFNIS"
    for versie, bron, velden in (
        ("gemeente2018", bevolking[2018], f"CD_MUNTY_REFNIS, TX_MUNTY_DESCR_NL, {hoger}"),
        ("gemeente2024", bevolking[2021], f"CD_REFNIS, TX_DESCR_NL, {hoger}"),
        ("gemeente", vergunningen, "CD_REFNIS_MUNICIPALITY, REFNIS_NL, CD_REFNIS_REGION, CD_REFNIS_PROVINCE"),
    ):
        rijen = db.sql(f"select distinct {velden} from {bron}").fetchall()
        uit[versie] = {nis: (naam, gew, (prov or "").strip() or gew) for nis, naam, gew, prov in rijen if nis}
    for nis, (naam, *rest) in uit["gemeente"].items():  # this file has capitals without accents
        uit["gemeente"][nis] = (uit["gemeente2024"].get(nis, [naam.title()])[0], *rest)
    assert {versie: len(lijst) for versie, lijst in uit.items()} == VERSIES
    return uit


def gebieden(data, db, statbel, bevolking, vergunningen):
    """Makes the list of areas of every level."""
    gewesten = {nis: rij[1] for lijst in statbel.values() for nis, rij in lijst.items()} | ONBEKEND
    uit = [
        ("belgie", "01000", "België", ""),
        ("centrumsteden", "centrumsteden", "13 centrumsteden", "02000"),
        ("vgc", "vgc", "VGC (19 Brusselse gemeenten)", "04000"),
    ]
    for versie, lijst in statbel.items():
        namen = definitie(data, versie)
        waals = {nis: naam for nis, (naam, gewest, _) in lijst.items() if gewest == "03000"}
        assert set(namen) == lijst.keys() - waals.keys() | ONBEKEND.keys(), versie
        uit += [(versie, nis, naam, gewesten[nis]) for nis, naam in (namen | waals).items()]
    sectoren = definitie(data, "statsec2019")
    assert len(sectoren) == 10237
    sectoren |= {sector: naam for nis, sector, naam, *_ in fiscaal(data) if gewesten[nis] == "03000"}
    uit += [("statsec2019", sector, naam, gewesten[sector[:5]]) for sector, naam in sectoren.items()]
    paren = ("RGN_REFNIS, TX_RGN", "PROV_REFNIS, TX_PROV", "DSTR_REFNIS, TX_ADM_DSTR")
    vraag = " union ".join(f"select CD_{paar}_DESCR_NL from {bevolking[2021]}" for paar in paren)
    waals = functie(db.sql(vraag).fetchall())
    vraag = f"select distinct REFNIS, CD_REFNIS_REGION, CD_REFNIS_LEVEL from {vergunningen}"
    hoger = [*db.sql(vraag).fetchall(), ("04000", "04000", "3")]  # a province for PinC, not for Statbel
    for niveau, diepte, namen in (
        ("gewest", "2", definitie(data, "gewest")),
        ("provincie2024", "3", definitie(data, "provincie2024")),
        ("provincie", "3", functie(kolommen(data, "provincie", "provincie_naam"))),
        ("arrondiss", "4", functie(kolommen(data, "arrondiss", "bestuurlijk_arrondissement_naam"))),
    ):
        for nis, gewest, _ in (rij for rij in hoger if rij[2] == diepte):
            uit.append((niveau, nis, (waals if gewest == "03000" else namen)[nis], gewest))
    assert len({rij[:2] for rij in uit if rij[2]}) == len(uit)
    assert sum(niveau == "arrondiss" for niveau, *_ in uit) == 43
    for i, (niveau, nis, naam, gewest) in enumerate(uit):
        soort = "onbekend" if nis in ONBEKEND or nis.endswith("ZZZZ") else "gebied"
        bron = "Statbel" if gewest == "03000" or niveau == "belgie" else "Provincies in Cijfers"
        uit[i] = (niveau, nis, naam, gewest, soort, bron)
    return uit


def versies(data, statbel):
    """Gives for each municipality of one version the municipality of the next it lies in."""
    oud, midden, nu = (set(statbel[versie]) for versie in VERSIES)
    # Walloon municipalities that moved to another arrondissement got another code and kept their name.
    namen = {statbel["gemeente2024"][nis][0]: nis for nis in midden - oud}
    waals = [nis for nis in oud - midden if statbel["gemeente2018"][nis][1] == "03000"]
    hernummerd = {nis: namen[statbel["gemeente2018"][nis][0]] for nis in waals}
    eerste = functie(kolommen(data, "gemeente2018", "gemeente2024"))
    assert gewijzigd(eerste) == fusies(FUSIES_2019)
    eerste |= hernummerd | {nis: nis for nis in oud & midden - set(eerste)}
    fusie = fusies(FUSIES_2025)
    tweede = functie(tabel(data, "gemeente2024_gemeente"))
    assert gewijzigd(tweede).items() <= fusie.items()
    tweede |= {nis: fusie.get(nis, nis) for nis in midden - set(tweede)}
    assert gewijzigd(tweede) == fusie
    for relatie, *lijsten in ((eerste, oud, midden), (tweede, midden, nu)):
        assert [set(relatie), set(relatie.values())] == [lijst | set(ONBEKEND) for lijst in lijsten]
    return eerste, tweede


def relaties(data, statbel, steden):
    """Makes the pairs of areas of which the first lies wholly within the second."""
    eerste, tweede = versies(data, statbel)
    nu = statbel["gemeente"]
    provincie = {nis: rij[2] for nis, rij in nu.items()} | {"99992": "04000"}
    gewest = {nis: gew for nis, (_, gew, _) in nu.items()} | {n: g for n, g in ONBEKEND.items() if g}
    for naam, kaart in (("gemeente_provincie", provincie), ("gemeente_gewest", gewest)):
        assert tabel(data, naam) - kaart.items() <= {(nis, nis) for nis in ONBEKEND}, naam
    sectoren = definitie(data, "statsec2019")
    naar2024 = functie(tabel(data, "statsec2024_gemeente2024"))
    sector = functie({(van, naar2024[naar]) for van, naar in tabel(data, "statsec2019_statsec2024") if van})
    zonder = set(sectoren) - set(sector)
    assert sum(oud.endswith("ZZZZ") for oud in zonder) == len(zonder) == 8
    sector |= {oud: eerste[oud[:5]] for oud in zonder}
    assert set(sector) == set(sectoren)
    toen = {nis: rij[2] for nis, rij in statbel["gemeente2024"].items()}
    loop = {(toen[nis], provincie[naar]) for nis, naar in tweede.items() if naar in nu}
    verschoven = {prov for paar in loop if len(set(paar)) == 2 for prov in paar}
    assert verschoven == {"10000", "40000"}
    *centrum, vgc = ([*stad["gemeenten"]] for stad in steden)
    assert {*vgc, "99992"} == {nis for nis, gew in gewest.items() if gew == "04000"}
    paren = (
        ("gemeente2018", "gemeente2024", eerste),
        ("gemeente2024", "gemeente", tweede),
        ("gemeente2024", "provincie2024", toen | {"99992": "04000"}),
        ("gemeente", "provincie", provincie),
        ("gemeente", "gewest", gewest),
        ("gemeente", "centrumsteden", {nis: "centrumsteden" for (nis,) in centrum}),
        ("gemeente", "vgc", dict.fromkeys([*vgc, "99992"], "vgc")),
        ("statsec2019", "gemeente2024", sector),
        ("provincie2024", "provincie", {prov: prov for prov, _ in loop if prov not in verschoven}),
    )
    return [(a, van, b, naar) for a, b, relatie in paren for van, naar in relatie.items()]


def fiscaal(data):
    """Gives the rows of Statbel's income table by statistical sector."""
    with (data / "statbel-fiscal-income" / "fisc2020_D_NL.csv").open(encoding="utf-8", newline="") as bestand:
        return list(csv.reader(bestand, delimiter=";", quoting=csv.QUOTE_NONE))[1:]


def inwoners(db, bevolking):
    """Writes population by municipality, sex, nationality and age class for every year."""
    for jaar in JAREN:
        nis = "CD_MUNTY_REFNIS" if jaar < 2019 else "CD_REFNIS"
        rijen = db.sql(f"""
            with klassen(van, tot) as (values (0, 17), (18, 19), (20, 64), (65, 79), (80, 100))
            select {nis}, {jaar}, CD_SEX, CD_NATLTY, van, tot, sum(MS_POPULATION::int)::int as aantal
            from {bevolking[jaar]} left join klassen on CD_AGE::int between van and tot
            where CD_RGN_REFNIS in ('02000', '04000')
            group by all having aantal > 0 order by all""").fetchall()
        assert all(rij[4] is not None for rij in rijen), jaar
        schrijf(f"voorbeeld/statbel_bevolking_{jaar}.csv", KOP_BEVOLKING, rijen)


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


def inkomen(data, statbel):
    """Writes income by statistical sector, with the publisher's mark for hidden values."""
    rijen = sorted(
        ("2020", nis, sector, *(getal.replace(" ", "") for getal in getallen[:4]))
        for nis, sector, _, *getallen in fiscaal(data)
        if statbel["gemeente2024"][nis][1] != "03000"
    )
    schrijf("voorbeeld/statbel_inkomen_sector.csv", "jaar;nis_code;sector;aangiften;inkomen;gemiddelde;mediaan", rijen)


def main():
    """Makes every table from the folder with the publishers' files."""
    opties = argparse.ArgumentParser(description=__doc__)
    opties.add_argument("data", type=Path, help="folder with the publishers' files")
    data = opties.parse_args().data
    steden = yaml.safe_load((SOURCES / "steden.yaml").read_text(encoding="utf-8"))
    db = duckdb.connect()
    with tempfile.TemporaryDirectory() as map_:
        zips = data / "statbel-population"
        bevolking = {jaar: pipe(zips / f"TF_SOC_POP_STRUCT_{jaar}.zip", map_) for jaar in JAREN}
        zips = data / "statbel-bouwvergunningen"
        vergunningen = pipe(zips / "statbel,_bouwvergunningen_20251201.zip", map_, quote='"')
        statbel = statbel_gemeenten(db, bevolking, vergunningen)
        lijst = gebieden(data, db, statbel, bevolking, vergunningen)
        paren = relaties(data, statbel, steden)
        assert {kant for paar in paren for kant in (paar[:2], paar[2:])} <= {rij[:2] for rij in lijst}
        schrijf("gebieden/gebied.csv", "gebiedsniveau;gebied;naam;gewest;soort;bron", sorted(lijst))
        schrijf("gebieden/gebied_relatie.csv", "van_niveau;van;naar_niveau;naar", sorted(paren))
        inwoners(db, bevolking)
        bouwvergunningen(db, vergunningen)
    armoederisico(data)
    criminaliteit(data)
    inkomen(data, statbel)


if __name__ == "__main__":
    main()
