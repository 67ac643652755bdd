MODEL (
  name statistiek.dekking,
  kind FULL,
  owner obmi,
  grain (bron, stad, gebiedsniveau, jaar),
  description 'Hoeveel cijfers een dataset per stad, niveau en jaar heeft, en van hoeveel de uitgever iets zegt: daarop rust de datamaturiteit.',
  column_descriptions (
    bron = 'Alle datasets van het onderwerp.',
    stad = 'Korte naam van de centrumstad, of vgc.',
    rijen = 'Aantal rijen in mart.waarneming.',
    bekend = 'Aantal daarvan waarvan de uitgever zegt wat er is: een cijfer, verborgen of nvt.',
    cijfers = 'Aantal daarvan met een cijfer.'
  ),
  audits (
    not_null(columns := (bron, stad, gebiedsniveau, jaar, rijen, bekend, cijfers)),
    unique_combination_of_columns(columns := (bron, stad, gebiedsniveau, jaar))
  )
);

SELECT
  w.bron::TEXT AS bron,
  g.stad::TEXT AS stad,
  w.gebiedsniveau::TEXT AS gebiedsniveau,
  k.jaar::INT AS jaar,
  COUNT(*)::BIGINT AS rijen,
  SUM(CASE WHEN w.status IN ('ok', 'verborgen', 'nvt') THEN 1 ELSE 0 END)::BIGINT AS bekend,
  COUNT(w.waarde)::BIGINT AS cijfers
FROM mart.waarneming AS w
JOIN mart.gebied AS g
  ON g.gebiedsniveau = w.gebiedsniveau AND g.gebied = w.gebied AND NOT g.stad IS NULL
JOIN ref.periode AS k
  ON k.periode = w.periode
GROUP BY w.bron, g.stad, w.gebiedsniveau, k.jaar
