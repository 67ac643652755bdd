MODEL (
  name ref.onderwerp,
  kind FULL,
  owner obmi,
  grain onderwerp,
  description 'De indicatorencatalogus (models/indicatoren/), één rij per onderwerp.',
  column_descriptions (
    onderwerp = 'Code van het onderwerp; verandert nooit van betekenis.',
    thema = 'Beleidsthema.',
    naam = 'Naam in het Nederlands.',
    naam_en = 'Naam in het Engels.',
    omschrijving = 'Omschrijving, begint met het type.',
    soort = 'plat, ratio, percentage, gemiddelde of mediaan.',
    aggregatie = 'som, ratio (som van tellers gedeeld door som van noemers) of geen.',
    factor = 'Waarde = factor maal teller gedeeld door noemer.',
    eenheid = 'Eenheid van de waarde.',
    afronding = 'Aantal decimalen om te tonen.',
    polariteit = 'Of hoger of lager beter is, of geen van beide.',
    periodesoort = 'stand (op een moment) of lopend (over een periode).',
    teller = 'Onderwerp van de teller van een ratio.',
    noemer = 'Onderwerp van de noemer van een ratio.',
    bron = 'De datasets waaruit het onderwerp komt.',
    interval = 'Methode van het 95 %-interval, of de reden waarom er geen is.',
    uploader = 'Wie de cijfers klaarzet.',
    controleur = 'Wie ze controleert; nooit dezelfde.',
    voetnoot = 'Wat de lezer moet weten.'
  ),
  audits (
    not_null(columns := (onderwerp, thema, naam, omschrijving, aggregatie, bron)),
    unique_values(columns := (onderwerp, naam))
  )
);

SELECT
  onderwerp::TEXT AS onderwerp,
  thema::TEXT AS thema,
  naam::TEXT AS naam,
  naam_en::TEXT AS naam_en,
  omschrijving::TEXT AS omschrijving,
  soort::TEXT AS soort,
  aggregatie::TEXT AS aggregatie,
  factor::DOUBLE AS factor,
  eenheid::TEXT AS eenheid,
  afronding::INT AS afronding,
  polariteit::TEXT AS polariteit,
  periodesoort::TEXT AS periodesoort,
  teller::TEXT AS teller,
  noemer::TEXT AS noemer,
  bron::TEXT AS bron,
  interval::TEXT AS interval,
  uploader::TEXT AS uploader,
  controleur::TEXT AS controleur,
  voetnoot::TEXT AS voetnoot
FROM READ_PARQUET(@VAR('onderwerp'))
