"""The mart tables that describe a release rather than a figure: their columns, types and comments."""

from __future__ import annotations

from collections.abc import Iterable

from pipelines.describe.meanings import meanings
from pipelines.home import quoted

STORAGE = "STORAGE_VERSION 'v1.4.0'"
KEY = "onderwerp, gebiedsniveau, gebied, periode"
# of the columns of an old row o and a new row n: another status, or a value that is not the same sum added up in
# another order
CHANGED = (
    "n.status <> o.status OR (n.waarde IS NULL) <> (o.waarde IS NULL) "
    "OR ABS(n.waarde - o.waarde) > 1e-11 * GREATEST(1, ABS(o.waarde))"
)
Columns = dict[str, tuple[str, str | None]]  # the type, and the meaning where models/kolommen.yaml does not say it
ADDED = {
    "waarneming": ("aanvaard_op", "kwaliteit"),
    "profiel": ("onderwerp_naam", "thema", "eenheid", "kwaliteit", "ouderdom_maanden"),
}

TABLES: dict[str, tuple[str, Columns]] = {
    "bron": (
        "De datasets: uitgever, licentie, wanneer gekregen, wanneer aanvaard, en hoe vers.",
        {
            "bron": ("VARCHAR", "Dataset, zoals in mart.waarneming."),
            "titel": ("VARCHAR", "Titel van de dataset."),
            "uitgever": ("VARCHAR", "Wie de cijfers uitgeeft."),
            "licentie": ("VARCHAR", "Licentie."),
            "bronvermelding": ("VARCHAR", "Zo vermeld je de bron."),
            "pagina": ("VARCHAR", "Webpagina van de dataset."),
            "cadans": ("VARCHAR", "Hoe vaak de uitgever publiceert."),
            "bronversie": ("VARCHAR", "Inhoudshash van de aanvaarde landing."),
            "aanvaard_op": ("TIMESTAMP", "Wanneer deze versie door de controles kwam (UTC)."),
            "bestanden": ("VARCHAR", "Bestanden van de uitgever waar de versie uit bestaat."),
            "sha256": ("VARCHAR", "Inhoudshash van die bestanden, in dezelfde volgorde."),
            "rijen": ("BIGINT", "Aantal rijen in de aanvaarde landing."),
            "oudste_jaar": ("INTEGER", "Oudste jaar in de landing."),
            "jongste_jaar": ("INTEGER", "Jongste jaar in de landing."),
            "status": (
                "VARCHAR",
                "vers, deels (een deel is vastgehouden), oud (jongste levering geweigerd of uitgebleven), ontbreekt of "
                "op proef (voor het eerst opgehaald, en nog door niemand aanvaard).",
            ),
            "toelichting": ("VARCHAR", "Waarom de status niet vers is."),
        },
    ),
    "verwerking": (
        "Het register van verwerkingen (AVG, artikel 30): waarom, hoe lang en voor wie elke dataset bewaard wordt.",
        {
            "bron": ("VARCHAR", "Dataset, zoals in mart.bron."),
            "titel": ("VARCHAR", "Titel van de dataset."),
            "stad": ("VARCHAR", "De enige stad die de dataset mag zien; leeg voor wat iedereen mag zien."),
            "persoonsgegevens": ("BOOLEAN", "Of er persoonsgegevens in de levering staan."),
            "verantwoordelijke": ("VARCHAR", "Wie de verwerking verantwoordt, en hoe die te bereiken is."),
            "doel": ("VARCHAR", "Waarvoor de gegevens dienen."),
            "rechtsgrond": ("VARCHAR", "Waarop de verwerking steunt."),
            "betrokkenen": ("VARCHAR", "Over wie de gegevens gaan."),
            "gegevens": ("VARCHAR", "Welke soorten gegevens het zijn."),
            "ontvangers": ("VARCHAR", "Wie ze te zien krijgt."),
            "doorgifte": ("VARCHAR", "Of ze buiten de Europese Economische Ruimte gaan."),
            "bewaartermijn": ("VARCHAR", "Hoe lang ze bewaard worden."),
            "beveiliging": ("VARCHAR", "Hoe ze beveiligd zijn."),
        },
    ),
    "release": (
        "Deze release: wanneer gemaakt, waaruit, en hoeveel erin zit.",
        {
            "release": ("VARCHAR", "Naam van de release."),
            "volgnummer": ("INTEGER", "Volgnummer."),
            "gemaakt_op": ("TIMESTAMP", "Wanneer gemaakt (UTC)."),
            "vorige": ("VARCHAR", "De release waarmee mart.revisie vergelijkt."),
            "vingerafdruk": ("VARCHAR", "Hash van alle aanvaarde data, modellen, catalogus en code."),
            "code": ("VARCHAR", "Hash van de code die de release schreef."),
            "onderwerpen": ("INTEGER", "Aantal onderwerpen."),
            "waarnemingen": ("BIGINT", "Aantal rijen in mart.waarneming."),
            "cijfers": ("BIGINT", "Aantal rijen met een waarde."),
        },
    ),
    "kwaliteit": (
        "Elke controle van elke aanvaarde versie, elke controle van de bouw, en wat vastgehouden is.",
        {
            "punt": ("VARCHAR", "levering (voor aanvaarding), bouw (op de modellen) of vastgehouden."),
            "bron": ("VARCHAR", "Dataset of model."),
            "controle": ("VARCHAR", "Naam van de controle."),
            "omschrijving": ("VARCHAR", "Wat de controle zegt."),
            "dimensie": (
                "VARCHAR",
                "tijdigheid, volledigheid, juistheid, consistentie, uniciteit of geldigheid.",
            ),
            "niveau": (
                "VARCHAR",
                "Waarmee vergeleken is: bestand, geschiedenis, tussen bestanden of tussen uitgevers.",
            ),
            "ernst": ("VARCHAR", "blokkerend of waarschuwing."),
            "uitslag": (
                "VARCHAR",
                "geslaagd, gefaald, fout (liep niet), nvt (niets te vergelijken) of aanvaard (iemand liet het door).",
            ),
            "gezien": ("BIGINT", "Aantal bekeken rijen."),
            "afwijkend": ("BIGINT", "Aantal afwijkende rijen."),
            "waargenomen": ("VARCHAR", "Eerste afwijkende waarde."),
            "verwacht": ("VARCHAR", "Wat verwacht werd."),
            "grens": ("VARCHAR", "Wat nog aanvaard zou zijn, in een zin."),
            "gebiedsniveau": ("VARCHAR", "Niveau van wat vastgehouden is."),
            "gebied": ("VARCHAR", "Gebied dat vastgehouden is."),
            "jaar": ("INTEGER", "Jaar dat vastgehouden is, zoals in mart.waarneming."),
            "reeks": ("VARCHAR", "Deel van de dataset dat vastgehouden is; leeg voor alles van dat gebied en jaar."),
            "boodschap": (
                "VARCHAR",
                "Wat de stad ziet zolang een deel vastgehouden is, of wie het doorliet, tot wanneer en waarom.",
            ),
        },
    ),
    "kalender": (
        "Wanneer elke uitgever weer cijfers heeft, naar wanneer de vorige kwamen; wat het langst over tijd is eerst.",
        {
            "bron": ("VARCHAR", "Dataset, zoals in mart.bron."),
            "titel": ("VARCHAR", "Titel van de dataset."),
            "uitgever": ("VARCHAR", "Wie de cijfers uitgeeft."),
            "cadans": ("VARCHAR", "Hoe vaak de uitgever publiceert."),
            "jongste_jaar": ("INTEGER", "Jongste jaar dat er is."),
            "laatst_op": ("DATE", "Wanneer de laatste aanvaarde levering binnenkwam; leeg bij ingebouwde cijfers."),
            "verwacht_op": ("DATE", "Een cadans later; leeg voor wat eenmalig is of nog niet geleverd werd."),
            "dagen_te_laat": (
                "INTEGER",
                "Dagen over tijd toen deze release ontstond; negatief: nog zoveel te gaan.",
            ),
        },
    ),
    "herkomst": (
        "Waaruit elk onderwerp van een jaar komt: per dataset de bestanden van de uitgever, en hoe ze binnenkwamen. "
        "Bij mart.waarneming op onderwerp en LEFT(periode, 4)::INTEGER = jaar; obmi herkomst rekent een cijfer na.",
        {
            "onderwerp": ("VARCHAR", None),
            "definitie": ("VARCHAR", "Begin van de hash van de definitie, met die van zijn delen."),
            "bron": ("VARCHAR", "Dataset waar het onderwerp uit komt, zelf of door zijn delen."),
            "jaar": ("INTEGER", "Jaar zoals in mart.waarneming."),
            "bestand": ("VARCHAR", "Bestand van de uitgever dat iets van dat jaar heeft."),
            "sha256": ("VARCHAR", "Inhoudshash van dat bestand, waaronder het bewaard is."),
            "via": ("VARCHAR", "voorbeeld (ingebouwd), bestand (ingesteld), live (opgehaald) of drop (aangereikt)."),
            "adres": ("VARCHAR", "Waar het opgehaald werd."),
            "ontvangen_op": ("TIMESTAMP", "Wanneer het binnenkwam (UTC)."),
            "bronversie": ("VARCHAR", None),
            "beschrijving": ("VARCHAR", "Begin van de hash van de beschrijving waarmee het gelezen is."),
            "controles": ("INTEGER", "Aantal controles van de laatste levering."),
            "geslaagd": ("INTEGER", "Aantal daarvan dat slaagde, doorgelaten werd of niets te vergelijken had."),
            "correcties": ("INTEGER", "Aantal bekende fouten van de uitgever die rechtgezet worden."),
        },
    ),
    "revisie": (
        "Elke waarde die veranderde tegenover de vorige release, en elke rij die verdween.",
        {
            "onderwerp": ("VARCHAR", None),
            "gebiedsniveau": ("VARCHAR", None),
            "gebied": ("VARCHAR", None),
            "periode": ("VARCHAR", None),
            "soort": ("VARCHAR", "gewijzigd of verdwenen."),
            "oude_waarde": ("DOUBLE", "Waarde in de vorige release."),
            "nieuwe_waarde": ("DOUBLE", "Waarde in deze release."),
            "oude_status": ("VARCHAR", "Status in de vorige release."),
            "nieuwe_status": ("VARCHAR", "Status in deze release."),
            "oorzaak": (
                "VARCHAR",
                "Wat van het onderwerp anders is dan toen: uitgever (andere cijfers, of wat doorgelaten werd), "
                "correctie (van een fout van de uitgever), definitie (van het onderwerp, of hoe we de bron lezen), "
                "grondgebied (de gebieden), samen als er meer zijn; geheimhouding (wij verbergen de cel, of niet "
                "meer); eigen fout (alleen onze berekening is anders); onbekend (van toen is niets opgeschreven).",
            ),
            "vorige_release": ("VARCHAR", "De release waarmee vergeleken is."),
        },
    ),
    "datamaturiteit": (
        "Hoe ver een dataset in een stad staat, in de zeven dimensies van de Datapedia, per release.",
        {
            "release": ("VARCHAR", "De release waarin zo geteld is."),
            "stad": ("VARCHAR", "Stad."),
            "dataset": ("VARCHAR", "Dataset, zoals in mart.bron."),
            "dimensie": (
                "VARCHAR",
                "beschikbaarheid, toegankelijkheid, actualiteit, volledigheid, dekking, standaarden of partners.",
            ),
            "score": ("INTEGER", "Behaalde punten."),
            "maximum": ("INTEGER", "Punten die te halen zijn."),
            "reden": ("VARCHAR", "Wat gemeten is, met de punten van elk deel (behaald/te halen)."),
            "volgende_stap": ("VARCHAR", "De stap die het meeste opbrengt; leeg als alles behaald is."),
            "winst": ("INTEGER", "Punten die die stap opbrengt."),
            "wie": ("VARCHAR", "Wie de stap kan zetten: stad, uitgever of obmi."),
        },
    ),
}


def create_sql(catalog: str, table: str) -> str:
    """A statement that makes one of these tables, without rows."""
    columns = ", ".join(f"{name} {kind}" for name, (kind, _) in TABLES[table][1].items())
    return f"CREATE OR REPLACE TABLE {catalog}.mart.{table} ({columns});"


def comments_sql(catalog: str, models: dict[str, dict], tables: Iterable[str]) -> str:
    """COMMENT statements for these tables and their columns: those of the models, and those above."""
    meaning = meanings()
    known = {n.removeprefix("mart."): (m["description"], m["columns"]) for n, m in models.items()}
    for table, columns in ADDED.items():
        known[table][1].update({name: meaning[name] for name in columns})
    known |= {t: (text, {c: said or meaning[c] for c, (_, said) in cols.items()}) for t, (text, cols) in TABLES.items()}
    lines = []
    for table, (description, columns) in ((t, known[t]) for t in tables):
        lines.append(f"COMMENT ON TABLE {catalog}.mart.{table} IS {quoted(description)};")
        lines += [f"COMMENT ON COLUMN {catalog}.mart.{table}.{c} IS {quoted(s)};" for c, s in columns.items()]
    return "\n".join(lines)
