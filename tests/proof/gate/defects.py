"""Defects as SQL on the table `kandidaat`: what happens to figures on their way, from gross to subtle.

Each is (kind, size, SQL). `{hier}` stands for the rows of one city (or of one area, where a dataset knows no city).
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.describe.specs import Dataset
from pipelines.gate.series import PARTS, dimensions

# What may lie within what figures do by themselves; all the others are gross.
SUBTLE = {
    "maal 1,1",
    "cel maal 1,5",
    "rijen weg 10 %",
    "categorieën verwisseld",
    "steden verwisseld",
    "oude kopie stad",
}


TYPES = {"date": "DATE", "time": "TIMESTAMP"}


@dataclass(frozen=True)
class Defect:
    """One way to spoil a delivery; `whole` when it is not one city's, `news` when it needs an earlier year."""

    kind: str
    size: str
    sql: str
    whole: bool = False
    news: bool = False

    @property
    def name(self) -> str:
        return f"{self.kind} {self.size}".strip()


def defects(spec: Dataset, measure: str | None) -> list[Defect]:
    """All that can befall a dataset; `measure` is the figure that is spoilt."""
    unit, key = spec.unit, [k for k in spec.key if k not in ("gebied", "gebiedsniveau", spec.unit)]
    found = [
        Defect("rijen weg", "alle", "DELETE FROM kandidaat WHERE {hier}"),
        Defect("code van een ander gebied", "", f"UPDATE kandidaat SET {unit} = {{ander}} WHERE {{hier}}"),
        Defect("toekomst", "", "UPDATE kandidaat SET jaar = 2999 WHERE {hier}"),
        Defect("jaar verschoven", "", "UPDATE kandidaat SET jaar = jaar - 1 WHERE {hier}"),
    ]
    if spec.key:
        found.append(Defect("dubbel", "", "INSERT INTO kandidaat SELECT * FROM kandidaat WHERE {hier}"))
    if any(k != "jaar" for k in key):
        found += [
            Defect("rijen weg", "30 %", "DELETE FROM kandidaat WHERE {hier} AND hash(rowid) % 10 < 3"),
            Defect("rijen weg", "10 %", "DELETE FROM kandidaat WHERE {hier} AND hash(rowid) % 10 = 0"),
        ]
    return found + (_of_figures(spec, measure) if measure else [])


def _of_figures(spec: Dataset, m: str) -> list[Defect]:
    kind = "BIGINT" if spec.columns[m].type == "integer" else "DOUBLE"
    largest = f"SELECT arg_max(rowid, {m}) FROM kandidaat WHERE {{hier}}"

    def change(what: str, where: str = " WHERE {hier}") -> str:
        return f"UPDATE kandidaat SET {m} = CAST({what} AS {kind}){where}"

    found = [
        *(Defect("maal", str(f).replace(".", ","), change(f"{m} * {f}")) for f in (10, 1000, 1.5, 1.1)),
        Defect("gedeeld door", "10", change(f"{m} / 10")),
        Defect("gedeeld door", "1000", change(f"{m} / 1000")),
        Defect("procent als breuk", "", change(f"{m} / 100")),
        Defect("teken", "", change(f"-{m}")),
        Defect("nullen", "", change("0")),
        *(
            Defect("cel maal", str(f).replace(".", ","), change(f"{m} * {f}", f" WHERE rowid = ({largest})"))
            for f in (10, 3, 1.5)
        ),
        Defect("duizendtallen", "alles", change(f"{m} / 1000", " WHERE jaar = {jaar}"), whole=True),
        Defect("komma voor punt", "alles", change(f"{m} * 10", " WHERE jaar = {jaar}"), whole=True),
        Defect("constant", "alles", change(f"(SELECT MAX({m}) FROM kandidaat)", " WHERE jaar = {jaar}"), whole=True),
        Defect(
            "steden verwisseld",
            "",
            f"UPDATE kandidaat SET {spec.unit} = CASE WHEN {{hier}} THEN {{ander}} "
            f"ELSE {{eigen}} END WHERE {{hier}} OR ({spec.unit} = {{ander}} AND gebiedsniveau = {{niveau}} "
            "AND jaar = {jaar})",
        ),
    ]
    if kind == "DOUBLE":
        found.append(Defect("oneindig", "", f"UPDATE kandidaat SET {m} = 'infinity' WHERE {{hier}}"))
    last = "(SELECT MAX(jaar) FROM vorige WHERE jaar < {jaar})"
    days = [n for n in spec.key if n in spec.columns and spec.columns[n].type in ("date", "time")]
    later = "".join(
        f", ({d} + to_years(CAST({{jaar}} - {last} AS INTEGER)))::{TYPES[spec.columns[d].type]} AS {d}" for d in days
    )
    older = f"SELECT * REPLACE ({{jaar}} AS jaar{later}) FROM vorige WHERE jaar = {last}"
    found += [
        Defect(
            "oude kopie",
            "stad",
            f"DELETE FROM kandidaat WHERE {{hier}}; INSERT INTO kandidaat {older} AND {{daar}}",
            news=True,
        ),
        Defect(
            "oude kopie",
            "alles",
            f"DELETE FROM kandidaat WHERE jaar = {{jaar}}; INSERT INTO kandidaat {older}",
            whole=True,
            news=True,
        ),
    ]
    texts = [d for d in dimensions(spec) if spec.columns[d].type == "text" and d not in PARTS]
    for d in texts[:1]:
        most = f"(SELECT {d} FROM kandidaat WHERE {{hier}} GROUP BY 1 ORDER BY SUM({m}) DESC NULLS LAST, 1 LIMIT 1)"
        next_ = most.replace("LIMIT 1", "LIMIT 1 OFFSET 1")
        found += [
            Defect("categorie weg", "stad", f"DELETE FROM kandidaat WHERE {{hier}} AND {d} = {most}"),
            Defect(
                "categorie weg", "alles", f"DELETE FROM kandidaat WHERE jaar = {{jaar}} AND {d} = {most}", whole=True
            ),
            Defect(
                "categorieën verwisseld",
                "",
                f"UPDATE kandidaat SET {d} = CASE WHEN {d} = {most} THEN COALESCE({next_}, {d}) "
                f"ELSE {most} END WHERE {{hier}} AND {d} IN ({most}, {next_})",
            ),
        ]
    if spec.gebied.niveau == "kolom":
        found.append(Defect("totaal uit de pas", "1,2", change(f"{m} * 1.2", " WHERE {totaal}")))
    return found
