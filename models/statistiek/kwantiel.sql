MODEL (
  name statistiek.kwantiel,
  kind FULL,
  owner obmi,
  grain (verdeling, zekerheid, parameter),
  description 'Kwantielen die SQL niet kan berekenen, gemaakt met python -m pipelines.voorbeeld.kwantielen.',
  column_descriptions (
    verdeling = 'poisson: exacte grenzen van een aantal onder de tien (Garwood 1936). kendall_5: S van Mann en Kendall die bij vijf waarden te groot is voor toeval.',
    zekerheid = 'Tweezijdige zekerheid in %: 95 of 99,8.',
    parameter = 'Het aantal, of hoeveel paren van de vijf waarden gelijk zijn.',
    onder = 'Ondergrens.',
    boven = 'Bovengrens.'
  ),
  audits (unique_combination_of_columns(columns := (verdeling, zekerheid, parameter)))
);

SELECT
  verdeling::TEXT AS verdeling,
  zekerheid::DOUBLE AS zekerheid,
  parameter::INT AS parameter,
  onder::DOUBLE AS onder,
  boven::DOUBLE AS boven
FROM (VALUES
  ('poisson', 95e0, 0, 0.0e0, 3.6888794541139354e0),
  ('poisson', 95e0, 1, 0.025317807984289897e0, 5.571643390938898e0),
  ('poisson', 95e0, 2, 0.24220927854396507e0, 7.22468766772396e0),
  ('poisson', 95e0, 3, 0.6186721228956015e0, 8.767273069742323e0),
  ('poisson', 95e0, 4, 1.089865373626325e0, 10.241588675403694e0),
  ('poisson', 95e0, 5, 1.623486390118421e0, 11.66833207932267e0),
  ('poisson', 95e0, 6, 2.201894253490851e0, 13.059474022518685e0),
  ('poisson', 95e0, 7, 2.814363051519867e0, 14.422675361702376e0),
  ('poisson', 95e0, 8, 3.4538321767485023e0, 15.763189220193313e0),
  ('poisson', 95e0, 9, 4.115373097378334e0, 17.084803451419166e0),
  ('kendall_5', 95e0, 1, -9.0e0, 9.0e0),
  ('kendall_5', 95e0, 0, -10.0e0, 10.0e0),
  ('poisson', 99.8e0, 0, 0.0e0, 6.907755278982137e0),
  ('poisson', 99.8e0, 1, 0.0010005003335835346e0, 9.233413476451585e0),
  ('poisson', 99.8e0, 2, 0.045402017769489565e0, 11.228872242412661e0),
  ('poisson', 99.8e0, 3, 0.19053337756840327e0, 13.06224077918807e0),
  ('poisson', 99.8e0, 4, 0.42855241362842295e0, 14.79414922253721e0),
  ('poisson', 99.8e0, 5, 0.7393717319178327e0, 16.454745203680105e0),
  ('poisson', 99.8e0, 6, 1.1071046602556396e0, 18.061636840199064e0),
  ('poisson', 99.8e0, 7, 1.5203362603988093e0, 19.626177395384232e0),
  ('poisson', 99.8e0, 8, 1.9708139217403662e0, 21.15619816583998e0),
  ('poisson', 99.8e0, 9, 2.452424404363775e0, 22.65737330906293e0)
) AS v(verdeling, zekerheid, parameter, onder, boven)
