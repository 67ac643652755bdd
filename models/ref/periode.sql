MODEL (
  name ref.periode,
  kind FULL,
  owner obmi,
  grain periode,
  description 'Alle perioden waarin een cijfer kan staan, van 1900 tot 2100.',
  column_descriptions (
    periodiciteit = 'jaar, schooljaar, maand of kwartaal.',
    jaarcijfer = 'Waar voor een jaar en een schooljaar.',
    jaar_later = 'Hetzelfde jaar of schooljaar een jaar later; leeg voor een maand of kwartaal.'
  ),
  audits (
    not_null(columns := (periode, periode_begin, periodiciteit, jaar, jaarcijfer)),
    unique_values(columns := (periode)),
    elke_periode_van_elk_jaar
  )
);

WITH RECURSIVE jaar AS (
  SELECT 1900 AS jaar
  UNION ALL
  SELECT j.jaar + 1 AS jaar
  FROM jaar AS j
  WHERE j.jaar < 2100
), maand AS (
  SELECT 1 AS maand
  UNION ALL
  SELECT m.maand + 1 AS maand
  FROM maand AS m
  WHERE m.maand < 12
), periode AS (
  SELECT jaar::TEXT AS periode, MAKE_DATE(jaar, 1, 1) AS periode_begin, 'jaar' AS periodiciteit, jaar, (jaar + 1)::TEXT AS jaar_later
  FROM jaar
  UNION ALL
  SELECT jaar::TEXT || '-' || (jaar + 1)::TEXT, MAKE_DATE(jaar, 9, 1), 'schooljaar', jaar, (jaar + 1)::TEXT || '-' || (jaar + 2)::TEXT
  FROM jaar
  UNION ALL
  SELECT jaar::TEXT || '-' || LPAD(maand::TEXT, 2, '0'), MAKE_DATE(jaar, maand, 1), 'maand', jaar, NULL
  FROM jaar
  CROSS JOIN maand
  UNION ALL
  SELECT jaar::TEXT || '-Q' || maand::TEXT, MAKE_DATE(jaar, 3 * maand - 2, 1), 'kwartaal', jaar, NULL
  FROM jaar
  CROSS JOIN maand
  WHERE maand <= 4
)
SELECT
  periode::TEXT AS periode,
  periode_begin::DATE AS periode_begin,
  periodiciteit::TEXT AS periodiciteit,
  jaar::INT AS jaar,
  (NOT jaar_later IS NULL)::BOOLEAN AS jaarcijfer,
  jaar_later::TEXT AS jaar_later
FROM periode;

AUDIT (name elke_periode_van_elk_jaar);
SELECT jaar FROM @this_model GROUP BY jaar HAVING COUNT(*) <> 1 + 1 + 4 + 12
