"""What the figures of a release say about trend, rank, period, chance and what is better: no fault of each kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import query

PROFILE = "p.onderwerp, p.gebied FROM mart.profiel AS p JOIN mart.onderwerp AS o USING (onderwerp)"
QUOTIENT = "o.onderwerp FROM mart.onderwerp AS o JOIN mart.onderwerp AS t ON t.onderwerp = o.teller"
FAULTS = {
    "no word of a series that is too short to show a trend": f"{PROFILE} WHERE p.trend_punten BETWEEN 2 AND 4 "
    "AND p.trend NOT LIKE 'niet aantoonbaar (_ punten)'",
    "a trend of a part of the series": f"{PROFILE} JOIN mart.waarneming AS w USING (onderwerp, gebiedsniveau, gebied) "
    "WHERE o.breuk IS NULL AND w.status = 'ok' AND LENGTH(w.periode) <> 7 AND w.periode < p.trend_van",
    "a trend over years without a figure that it does not name": f"{PROFILE} WHERE p.trend_punten > 1 "
    "AND (LEFT(p.periode, 4)::INT - LEFT(p.trend_van, 4)::INT >= p.trend_punten) <> (p.trend_gaten IS NOT NULL)",
    "a trend of a forecast": f"{PROFILE} WHERE o.naam LIKE '%(prognose)%' AND p.trend <> 'nvt'",
    "a rank of a count": f"{PROFILE} WHERE p.rang IS NOT NULL AND o.aggregatie IN ('som', 'punten', 'afgeleid')",
    "a rank while a city lacks a figure for another reason than itself": f"{PROFILE} "
    "JOIN mart.waarneming AS w USING (onderwerp, periode) JOIN mart.gebied AS g "
    "ON g.gebiedsniveau = w.gebiedsniveau AND g.gebied = w.gebied AND g.stad <> 'vgc' WHERE p.rang IS NOT NULL "
    "AND w.gebiedsniveau = 'gemeente' AND w.status NOT IN ('ok', 'nvt', 'leeg', 'verborgen')",
    "a rank of fewer than thirteen that does not say who is missing": f"{PROFILE} "
    "WHERE p.stad <> 'vgc' AND p.gerangschikt < 13 AND p.rang_zonder IS NULL",
    "a rank that does not say which end is one": f"{PROFILE} WHERE (p.rang IS NULL) <> (p.rang_1 IS NULL)",
    "a quotient of another period kind than what it counts": f"{QUOTIENT} WHERE o.periodesoort <> t.periodesoort",
    "a growth that is a stock": "o.onderwerp FROM mart.onderwerp AS o "
    "WHERE o.periodesoort = 'stand' AND o.naam LIKE '%groei%'",
    "a description that does not say of which day or period it is": "o.onderwerp FROM mart.onderwerp AS o "
    "WHERE o.bron <> '' AND o.omschrijving NOT LIKE '%; referentie: %'",
    "a moment that is a whole year": "o.onderwerp FROM mart.onderwerp AS o WHERE o.periodesoort = 'stand' "
    "AND o.omschrijving SIMILAR TO '.*; referentie: het (inkomstenjaar|hele kalenderjaar).*'",
    "a growth of another age than what grew": f"{PROFILE} "
    "JOIN mart.profiel AS q USING (gebiedsniveau, gebied, periode) WHERE q.onderwerp = 'v1101_t' "
    "AND p.onderwerp IN ('v1101_groei', 'vp1101_groei') AND p.ouderdom_maanden <> q.ouderdom_maanden",
    "an income of a moment": "o.onderwerp FROM mart.onderwerp AS o "
    "WHERE o.periodesoort = 'stand' AND o.onderwerp LIKE 'v%310_\\_%' ESCAPE '\\' AND o.eenheid = '€'",
    "a share of a register that is complete, with an interval": f"{QUOTIENT} WHERE "
    "(o.interval NOT LIKE '%: %' AND t.interval <> 'byar') "
    "OR (o.interval LIKE 'volledige telling: %') <> (t.interval LIKE 'volledige telling: %')",
    "a share or rate that is better where what it counts is not": f"{QUOTIENT} WHERE o.polariteit <> t.polariteit "
    "AND NOT (o.soort = 'percentage' AND o.polariteit = 'geen') AND o.soort <> 'gemiddelde'",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_no_figure_has_this_fault(released: Path, fault: str) -> None:
    assert query(released, f"SELECT DISTINCT {FAULTS[fault]}") == []
