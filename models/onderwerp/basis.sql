MODEL (
  name onderwerp.basis,
  kind VIEW,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'De platte en de afgeleide onderwerpen samen: waar teller en noemer uit komen.',
  audits (not_null(columns := (status)))
);

SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  periode::TEXT AS periode,
  waarde::DOUBLE AS waarde,
  status::TEXT AS status,
  reden::TEXT AS reden
FROM onderwerp.plat
UNION ALL
SELECT onderwerp, gebiedsniveau, gebied, periode, waarde, status, reden
FROM onderwerp.afgeleid
