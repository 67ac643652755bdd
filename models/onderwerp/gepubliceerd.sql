MODEL (
  name onderwerp.gepubliceerd,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Wat de uitgevers geven voor gebieden in Vlaanderen en Brussel, op de niveaus van de catalogus.',
  column_descriptions (
    gebied = 'Code van het gebied, ook van een plaats die niet te lokaliseren is.'
  ),
  audits (not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, status, getoond, grondgebied, trede)))
);

SELECT
  f.onderwerp::TEXT AS onderwerp,
  f.gebiedsniveau::TEXT AS gebiedsniveau,
  f.gebied::TEXT AS gebied,
  f.periode::TEXT AS periode,
  f.waarde::DOUBLE AS waarde,
  f.status::TEXT AS status,
  f.jaarreden::TEXT AS jaarreden,
  g.getoond::BOOLEAN AS getoond,
  g.grondgebied::INT AS grondgebied,
  g.trede::INT AS trede
FROM (@UNION('all', @EACH(@VAR('datasets'), d -> bron.@{d}))) AS f
JOIN ref.grondgebied AS g
  ON g.gebiedsniveau = f.gebiedsniveau AND g.gebied = f.gebied AND g.gewest IN ('02000', '04000')
SEMI JOIN ref.publicatie AS p
  ON p.onderwerp = f.onderwerp AND p.gebiedsniveau = f.gebiedsniveau
