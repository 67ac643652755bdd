MODEL (
  name ref.gebiedsniveau,
  kind FULL,
  owner obmi,
  grain gebiedsniveau,
  description 'Alle niveaus en versies, welke dezelfde gebieden op een ander moment zijn, en welke elke reeks volledig krijgen.',
  column_descriptions (
    reeks = 'Naam die alle versies van een niveau delen.',
    laatste_jaar = 'Laatste jaar dat de versie gold; leeg voor vandaag.',
    afgeleid = 'Waar als elk onderwerp hier een rij krijgt, ook als de uitgever op andere gebieden publiceert.',
    opgeteld = 'Waar als een onderwerp hier een jaarcijfer krijgt zodra de uitgever delen van deze gebieden een cijfer geeft.'
  ),
  audits (
    not_null(columns := (gebiedsniveau, reeks, afgeleid, opgeteld)),
    unique_values(columns := (gebiedsniveau)),
    elk_niveau_van_de_gebiedslijst
  )
);

SELECT
  gebiedsniveau::TEXT AS gebiedsniveau,
  reeks::TEXT AS reeks,
  laatste_jaar::INT AS laatste_jaar,
  (afgeleid = 'ja')::BOOLEAN AS afgeleid,
  (afgeleid = 'delen')::BOOLEAN AS opgeteld
FROM READ_PARQUET(@VAR('gebiedsniveau'));

AUDIT (name elk_niveau_van_de_gebiedslijst);
SELECT * FROM @this_model AS n
FULL JOIN (SELECT DISTINCT gebiedsniveau FROM READ_PARQUET(@VAR('gebied'))) AS g ON g.gebiedsniveau = n.gebiedsniveau
WHERE n.gebiedsniveau IS NULL OR g.gebiedsniveau IS NULL
