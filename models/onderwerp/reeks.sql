MODEL (
  name onderwerp.reeks,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, periode),
  description 'In welke perioden de uitgever elk onderwerp op elk niveau geeft, en voor hoeveel gebieden.',
  column_descriptions (
    gebieden = 'Aantal gebieden met een rij, zonder de plaatsen die niet te lokaliseren zijn.'
  ),
  audits (not_null(columns := (onderwerp, gebiedsniveau, periode, gebieden)))
);

SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  periode::TEXT AS periode,
  COUNT(CASE WHEN getoond THEN 1 END)::INT AS gebieden,
  MIN(jaarreden)::TEXT AS jaarreden
FROM onderwerp.gepubliceerd
GROUP BY onderwerp, gebiedsniveau, periode
