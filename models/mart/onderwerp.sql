MODEL (
  name mart.onderwerp,
  kind FULL,
  owner obmi,
  grain onderwerp,
  description 'Wat elk onderwerp betekent: naam, omschrijving, rekenregel, eenheid, bron en wie het controleert.',
  column_descriptions (
    onderwerp = 'Code van het onderwerp; verandert nooit van betekenis.',
    naam = 'Naam in het Nederlands.',
    naam_en = 'Naam in het Engels.',
    omschrijving = 'Omschrijving, begint met het type.',
    thema = 'Beleidsthema.',
    soort = 'plat, ratio, percentage, gemiddelde, mediaan, kubus, enquête of model.',
    aggregatie = 'som, ratio (som van tellers gedeeld door som van noemers), gewogen (gemiddelde maal gewicht, gedeeld door de gewichten), afgeleid (som van andere onderwerpen), gestandaardiseerd (naar de leeftijden van Vlaanderen), punten (geteld per gebied) of geen.',
    factor = 'Waarde = factor maal teller gedeeld door noemer.',
    eenheid = 'Eenheid van de waarde.',
    afronding = 'Aantal decimalen om te tonen.',
    polariteit = 'Of hoger of lager beter is, of geen van beide.',
    periodesoort = 'stand (op een moment), lopend (over een periode), gemiddelde, schooljaar, voortschrijdend (gemiddelde over meer jaren) of ronde (van een enquête).',
    teller = 'Onderwerp van de teller van een ratio.',
    noemer = 'Onderwerp van de noemer van een ratio.',
    drempel = 'Laagste waarde die getoond mag worden; leeg als de bron alles openbaar maakt.',
    bron = 'De datasets waaruit het onderwerp komt.',
    eerste_periode = 'Eerste periode met rijen.',
    laatste_periode = 'Laatste periode met rijen.',
    status = 'actief; leeg als er geen enkele waarde is; uitdovend of uitgedoofd met een einde; of in voorbereiding: wat er ontbreekt.',
    opvolger = 'Onderwerp dat het opvolgt.',
    interval = 'Methode van het 95 %-interval: wilson, byar of dobson; of de reden waarom er geen is.',
    breuk = 'Laatste breuk in de reeks, met het jaar en de reden.',
    vgc_vergelijkbaar = 'Waar als de VGC mee gerangschikt wordt.',
    buurgewicht = 'Gewicht in de keuze van verwante gemeenten (mart.buur).',
    uploader = 'Wie de cijfers klaarzet.',
    controleur = 'Wie ze controleert; nooit dezelfde.',
    voetnoot = 'Wat de lezer moet weten.'
  ),
  audits (not_null(columns := (onderwerp, naam, omschrijving, status)), unique_values(columns := (onderwerp)))
);

WITH gebruik AS (
  SELECT onderwerp, MIN(periode) AS eerste, MAX(periode) AS laatste, COUNT(waarde) AS n
  FROM mart.waarneming
  GROUP BY onderwerp
  UNION ALL
  SELECT onderwerp, MIN(periode) AS eerste, MAX(periode) AS laatste, COUNT(waarde) AS n
  FROM mart.kubus
  GROUP BY onderwerp
)
SELECT
  o.onderwerp::TEXT AS onderwerp,
  o.naam::TEXT AS naam,
  o.naam_en::TEXT AS naam_en,
  o.omschrijving::TEXT AS omschrijving,
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
  g.eerste::TEXT AS eerste_periode,
  g.laatste::TEXT AS laatste_periode,
  (CASE
    WHEN NOT o.in_voorbereiding IS NULL THEN 'in voorbereiding: ' || o.in_voorbereiding
    WHEN COALESCE(g.n, 0) = 0 THEN 'leeg'
    WHEN o.einde IS NULL THEN 'actief'
    WHEN o.einde::TEXT <= g.laatste THEN 'uitgedoofd sinds ' || o.einde::TEXT
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
WHERE POSITION('.' IN o.onderwerp) = 0
