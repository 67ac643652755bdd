MODEL (
  name ref.gebied,
  kind FULL,
  owner obmi,
  grain (gebiedsniveau, gebied),
  description 'Alle gebieden van alle niveaus en versies die een bron kan noemen, ook buiten Vlaanderen en Brussel.',
  column_descriptions (
    gebiedsniveau = 'Niveau met versie: de kale naam is vandaag, een jaartal is het laatste jaar dat de versie gold.',
    gebied = 'Code van het gebied, als tekst.',
    naam = 'Naam van het gebied.',
    naam_fr = 'Naam in het Frans, waar de uitgever er een geeft.',
    gewest = 'Gewest waarin het gebied ligt; leeg buiten of boven de gewesten.',
    soort = 'gebied, of onbekend voor een plaats die niet te lokaliseren is.',
    geldig_van = 'Eerste dag waarop deze versie van het niveau gold; leeg als niemand het zegt.',
    geldig_tot = 'Laatste dag waarop ze gold; leeg voor vandaag.',
    nuts = 'Regio van Eurostat waarin het gebied ligt, of die het is.',
    lau = 'Code van Eurostat voor de gemeente.',
    bron = 'Lijst waarin het gebied staat.',
    getoond = 'Waar als het gebied in de marts een rij krijgt: een echt gebied in Vlaanderen of Brussel.'
  ),
  audits (
    not_null(columns := (gebiedsniveau, gebied, naam, soort, getoond)),
    unique_combination_of_columns(columns := (gebiedsniveau, gebied))
  )
);

SELECT
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  naam::TEXT AS naam,
  naam_fr::TEXT AS naam_fr,
  gewest::TEXT AS gewest,
  soort::TEXT AS soort,
  geldig_van::DATE AS geldig_van,
  geldig_tot::DATE AS geldig_tot,
  nuts::TEXT AS nuts,
  lau::TEXT AS lau,
  bron::TEXT AS bron,
  (soort = 'gebied' AND COALESCE(gewest, '') IN ('02000', '04000'))::BOOLEAN AS getoond
FROM READ_PARQUET(@VAR('gebied'))
