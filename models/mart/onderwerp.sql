MODEL (
  name mart.onderwerp,
  kind FULL,
  owner obmi,
  grain onderwerp,
  description 'Wat elk onderwerp betekent: naam, omschrijving, rekenregel, eenheid, bron en wie het controleert.',
  column_descriptions (
    onderwerp = 'Code van het onderwerp; verandert nooit van betekenis.',
    naam = 'Naam in het Nederlands.',
    teller = 'Onderwerp van de teller van een ratio.',
    noemer = 'Onderwerp van de noemer van een ratio.',
    bron = 'De datasets waaruit het onderwerp komt.',
    eerste_periode = 'Eerste periode met rijen.',
    laatste_periode = 'Laatste periode met rijen.',
    status = 'actief; leeg als er geen enkele waarde is; uitdovend of uitgedoofd met een einde; of in voorbereiding: wat er ontbreekt.'
  ),
  audits (not_null(columns := (onderwerp, naam, omschrijving, rol, status)), unique_values(columns := (onderwerp)))
);

WITH gebruik AS (
  SELECT onderwerp, eerste_periode, laatste_periode, cijfers
  FROM statistiek.omvang
  UNION ALL
  SELECT onderwerp, MIN(periode) AS eerste_periode, MAX(periode) AS laatste_periode, COUNT(waarde) AS cijfers
  FROM mart.kubus
  GROUP BY onderwerp
)
SELECT
  o.onderwerp::TEXT AS onderwerp,
  o.naam::TEXT AS naam,
  o.naam_en::TEXT AS naam_en,
  o.synoniemen::TEXT AS synoniemen,
  o.omschrijving::TEXT AS omschrijving,
  o.rol::TEXT AS rol,
  o.rol_van::TEXT AS rol_van,
  o.thema::TEXT AS thema,
  o.soort::TEXT AS soort,
  o.aggregatie::TEXT AS aggregatie,
  o.factor::DOUBLE AS factor,
  o.eenheid::TEXT AS eenheid,
  o.afronding::INT AS afronding,
  o.polariteit::TEXT AS polariteit,
  o.periodesoort::TEXT AS periodesoort,
  o.teller::TEXT AS teller,
  o.noemer::TEXT AS noemer,
  o.drempel::INT AS drempel,
  o.bron::TEXT AS bron,
  g.eerste_periode::TEXT AS eerste_periode,
  g.laatste_periode::TEXT AS laatste_periode,
  (CASE
    WHEN NOT o.in_voorbereiding IS NULL THEN 'in voorbereiding: ' || o.in_voorbereiding
    WHEN COALESCE(g.cijfers, 0) = 0 THEN 'leeg'
    WHEN o.einde IS NULL THEN 'actief'
    WHEN o.einde::TEXT <= g.laatste_periode THEN 'uitgedoofd sinds ' || o.einde::TEXT
    ELSE 'uitdovend tot ' || o.einde::TEXT
  END)::TEXT AS status,
  o.opvolger::TEXT AS opvolger,
  o.interval::TEXT AS interval,
  o.breuk::TEXT AS breuk,
  o.vgc_vergelijkbaar::BOOLEAN AS vgc_vergelijkbaar,
  o.buurgewicht::DOUBLE AS buurgewicht,
  o.uploader::TEXT AS uploader,
  o.controleur::TEXT AS controleur,
  o.voetnoot::TEXT AS voetnoot
FROM ref.onderwerp AS o
LEFT JOIN gebruik AS g
  ON g.onderwerp = o.onderwerp
WHERE NOT o.is_deel
