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
    gewest = 'Gewest waarin het gebied ligt; leeg buiten of boven de gewesten.',
    soort = 'gebied, of onbekend voor een plaats die niet te lokaliseren is.',
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
  gewest::TEXT AS gewest,
  soort::TEXT AS soort,
  (soort = 'gebied' AND COALESCE(gewest, '') IN ('02000', '04000'))::BOOLEAN AS getoond
FROM READ_PARQUET(@VAR('gebied'))
