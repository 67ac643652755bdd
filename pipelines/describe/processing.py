"""The register of processing (GDPR, article 30): what a description says of why, how long and for whom its figures are
kept."""

from __future__ import annotations

from pydantic import Field, model_validator

from pipelines.describe.specfile import Spec


class Processing(Spec):
    """An entry of the register: whether there are `persoonsgegevens`; who answers for it and how to reach them; purpose
    and legal ground; whom and what it is about; who gets it, also outside the EEA; how long it is kept, and how it is
    kept safe."""

    persoonsgegevens: bool
    verantwoordelijke: str = Field(min_length=1)
    doel: str = Field(min_length=1)
    rechtsgrond: str = Field(min_length=1)
    betrokkenen: str = "geen"
    gegevens: str = "cijfers per gebied"
    ontvangers: str = Field(min_length=1)
    doorgifte: str = "geen buiten de Europese Economische Ruimte"
    bewaartermijn: str = Field(min_length=1)
    beveiliging: str = "rechten van het besturingssysteem per stad; zie docs/eigen.md"

    @model_validator(mode="after")
    def _persons(self) -> Processing:
        if self.persoonsgegevens and not {"betrokkenen", "gegevens"} <= self.model_fields_set:
            raise ValueError("personal data needs betrokkenen and gegevens: whom it is about, and what it holds")
        return self


def of_open_data(publisher: str) -> Processing:
    """The entry of a dataset that everybody may have, whose description says nothing of it."""
    return Processing(
        persoonsgegevens=False,
        verantwoordelijke=publisher,
        doel="cijfers over steden vergelijken",
        rechtsgrond="geen nodig: open cijfers zonder persoonsgegevens",
        ontvangers="iedereen",
        bewaartermijn="onbeperkt",
        beveiliging="niet van toepassing: open cijfers",
    )
