MODEL (
  name mart.kubus,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode, @EACH(@VAR('dimensies'), d -> @{d})),
  depends_on (ref.onderwerp, onderwerp.plat),
  description 'De kubussen, zoals gepubliceerd en op de gemeenten van vandaag; wat geen rij heeft, kwam er niet voor.',
  column_descriptions (
    @EACH(@VAR('dimensies'), d -> @{d} = 'Dimensie; leeg waar de kubus ze niet heeft.'),
    onderwerp = 'Code van de kubus (mart.onderwerp).'
  ),
  audits (
    not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, periode_begin, status)),
    unique_combination_of_columns(columns := (onderwerp, gebiedsniveau, gebied, periode, @EACH(@VAR('dimensies'), d -> @{d}))),
    kubus_telt_op_tot_plat
  )
);

WITH deel AS (
  /* every area with cells, with the area that it is a part of, and how many of the parts have cells */
  SELECT
    a.*,
    r.naar_niveau,
    r.naar,
    r.delen,
    COUNT(*) OVER (PARTITION BY a.onderwerp, a.gebiedsniveau, a.periode, r.naar_niveau, r.naar) AS aanwezig
  FROM (SELECT DISTINCT onderwerp, gebiedsniveau, gebied, periode FROM bron.kubus) AS a
  JOIN ref.gebied_relatie AS r
    ON r.van_niveau = a.gebiedsniveau
    AND r.van = a.gebied
    AND (r.naar_niveau = 'gemeente' OR (r.naar_niveau = r.van_niveau AND r.naar = r.van))
  JOIN ref.gebied AS g
    ON g.gebiedsniveau = r.naar_niveau AND g.gebied = r.naar AND g.getoond
), samen AS (
  /* an area of today of which a part is not there has no cube */
  SELECT
    c.onderwerp,
    d.naar_niveau AS gebiedsniveau,
    d.naar AS gebied,
    c.periode,
    @EACH(@VAR('dimensies'), d -> c.@{d}),
    @SOM(c.waarde) AS waarde,
    @STATUS_VAN_SOM(c.status) AS status
  FROM bron.kubus AS c
  JOIN deel AS d
    ON d.onderwerp = c.onderwerp
    AND d.gebiedsniveau = c.gebiedsniveau
    AND d.gebied = c.gebied
    AND d.periode = c.periode
  WHERE d.aanwezig = d.delen
  GROUP BY c.onderwerp, d.naar_niveau, d.naar, c.periode, @EACH(@VAR('dimensies'), d -> c.@{d})
)
SELECT
  s.onderwerp::TEXT AS onderwerp,
  s.gebiedsniveau::TEXT AS gebiedsniveau,
  s.gebied::TEXT AS gebied,
  s.periode::TEXT AS periode,
  k.periode_begin::DATE AS periode_begin,
  @EACH(@VAR('dimensies'), d -> s.@{d}),
  (CASE WHEN s.status = 'ok' THEN s.waarde END)::DOUBLE AS waarde,
  s.status::TEXT AS status
FROM samen AS s
LEFT JOIN ref.periode AS k
  ON k.periode = s.periode;

AUDIT (name kubus_telt_op_tot_plat);
WITH kubus AS (
  SELECT onderwerp, gebiedsniveau, gebied, periode, SUM(waarde) AS waarde
  FROM @this_model
  GROUP BY onderwerp, gebiedsniveau, gebied, periode
  HAVING MIN(status) = 'ok' AND MAX(status) = 'ok'
)
SELECT k.*, p.waarde AS plat
FROM kubus AS k
JOIN ref.onderwerp AS o ON o.onderwerp = k.onderwerp
LEFT JOIN onderwerp.plat AS p
  ON p.onderwerp = o.plat
  AND p.gebiedsniveau = k.gebiedsniveau
  AND p.gebied = k.gebied
  AND p.periode = k.periode
WHERE p.waarde IS NULL OR ABS(p.waarde - k.waarde) > 1e-9 * GREATEST(1, ABS(p.waarde))
