-- A measure beside the first one, `noemer`: what the two are to each other is known before the year is over.
UNION ALL BY NAME SELECT gebiedsniveau, eenheid, jaar, '' AS deel, meting, '' AS reeks, w, noemer FROM (
  UNPIVOT (SELECT gebiedsniveau, eenheid, jaar, {teller}, {noemer} AS noemer FROM groep
    WHERE eenheid <> '' AND reeks = '' AND {heel_jaar}
      AND (SELECT MAX(jaar) FROM kandidaat) >= (SELECT lopend_jaar FROM levering)) ON {namen} INTO NAME meting VALUE w)
