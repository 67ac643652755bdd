MODEL (
  name ref.term,
  kind FULL,
  owner obmi,
  grain (onderwerp, term, jaren_terug),
  description 'Waaruit elk afgeleid onderwerp is opgeteld, volgens de catalogus.',
  column_descriptions (
    onderwerp = 'Code van het afgeleide onderwerp.',
    term = 'Code van het onderwerp dat meetelt.',
    coefficient = 'Waarmee het meetelt: 1 erbij, -1 eraf.',
    jaren_terug = '0 voor dezelfde periode, 1 voor het jaar ervoor.'
  ),
  audits (unique_combination_of_columns(columns := (onderwerp, term, jaren_terug)))
);

SELECT
  onderwerp::TEXT AS onderwerp,
  term::TEXT AS term,
  coefficient::DOUBLE AS coefficient,
  jaren_terug::INT AS jaren_terug
FROM READ_PARQUET(@VAR('term'))
