"""How a unit is written beside one of it."""

from __future__ import annotations

# one of what is counted; other units are written the same beside every number
ONE_OF = {
    "aangiften": "aangifte",
    "appartementen": "appartement",
    "feiten": "feit",
    "fietsen": "fiets",
    "fietsers": "fietser",
    "fietsers per dag": "fietser per dag",
    "gebouwen": "gebouw",
    "hoeveproducenten": "hoeveproducent",
    "huishoudens": "huishouden",
    "installaties": "installatie",
    "laadpunten": "laadpunt",
    "leerlingen": "leerling",
    "meetpunten": "meetpunt",
    "metingen": "meting",
    "ondernemingen": "onderneming",
    "ongevallen": "ongeval",
    "personen": "persoon",
    "premies": "premie",
    "toegangspunten": "toegangspunt",
    "uren": "uur",
    "verkopen": "verkoop",
    "vestigingen": "vestiging",
    "voertuigen": "voertuig",
    "voetgangers": "voetganger",
    "wagens": "wagen",
    "weggebruikers": "weggebruiker",
    "wooneenheden": "wooneenheid",
    "woongelegenheden": "woongelegenheid",
    "zorgboerderijen": "zorgboerderij",
}


def unit_of(value: float | None, unit: str) -> str:
    """The unit as it stands behind a value: "1 persoon", "0 personen"."""
    return ONE_OF.get(unit, unit) if value == 1 else unit
