"""A DCAT catalogue in small, in Turtle or RDF/XML, with the made-up files that it points to."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

from tests.replay.server import Answer, Asked

PREFIXES = """@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


@dataclass
class Catalogue:
    """Datasets of made-up files at `host` (filled in once the server runs)."""

    host: str = ""
    modified: str | None = "2026-06-15"
    year: int = 2025
    stem: str = "SECTOREN"
    gone: bool = False
    has_etag: bool = True
    last_modified: str | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    text: str | None = None
    xml: bool = False

    def reply(self, asked: Asked) -> Answer:
        """The catalogue at /catalogue, files at their own addresses; all with an ETag and 304."""
        if asked.path != "/catalogue":
            body = self.files.get(asked.path.rsplit("/", 1)[-1])
            return _with_etag(asked, body, {}) if body else Answer(status=404)
        body = (self.text or (self._rdf() if self.xml else self._turtle())).encode()
        if self.last_modified and asked.headers.get("if-modified-since") == self.last_modified:
            return Answer(status=304)
        headers = {"Content-Type": "application/rdf+xml" if self.xml else "text/turtle"}
        headers |= {"Last-Modified": self.last_modified} if self.last_modified else {}
        return _with_etag(asked, body, headers) if self.has_etag else Answer(body, headers=headers)

    def _turtle(self) -> str:
        dated = f'    dct:modified "{self.modified}"^^xsd:date ;\n' if self.modified else ""
        others = "".join(
            f'<{self.host}/node/{n}> a dcat:Dataset ; dct:identifier "NodeID{n}" ; '
            f"dcat:distribution <{self.host}/files/ander_{n}.zip#distribution{n}> .\n"
            for n in range(300)
        )
        number = 9151 if self.gone else 4151
        return f"""{PREFIXES}
<{self.host}/node/{number}> a dcat:Dataset ;
    dct:identifier "NodeID{number}" ;
    dct:publisher [ foaf:name "Made-up office"@en , "Verzonnen dienst"@nl ] ;
    dct:license <http://creativecommons.org/licenses/by/4.0/> ;
    dct:accrualPeriodicity <http://publications.europa.eu/resource/authority/frequency/ANNUAL> ;
{dated}    dcat:distribution <{self.host}/files/{self.stem}_{self.year}.zip#distribution4151> ,
        <{self.host}/files/{self.stem}_{self.year}.xlsx#distribution4151> .
{others}"""

    def _rdf(self) -> str:
        return f"""<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcat="http://www.w3.org/ns/dcat#"
  xmlns:dct="http://purl.org/dc/terms/">
 <dcat:Dataset rdf:about="{self.host}/node/4151">
  <dct:identifier>NodeID4151</dct:identifier>
  <dct:modified>{self.modified}</dct:modified>
  <dcat:distribution>
   <dcat:Distribution rdf:about="{self.host}/id/1">
    <dcat:downloadURL rdf:resource="{self.host}/files/SECTOREN_{self.year}.zip"/>
   </dcat:Distribution>
  </dcat:distribution>
 </dcat:Dataset>
</rdf:RDF>"""


def _with_etag(asked: Asked, body: bytes, headers: dict[str, str]) -> Answer:
    etag = f'"{sha256(body).hexdigest()[:12]}"'
    if asked.headers.get("if-none-match") == etag:
        return Answer(status=304, headers={"ETag": etag})
    return Answer(body, headers={"ETag": etag, **headers})
