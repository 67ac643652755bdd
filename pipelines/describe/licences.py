"""Which licences are open, and their address in a vocabulary."""

OPEN_LICENCES = {
    "CC BY 4.0": "http://publications.europa.eu/resource/authority/licence/CC_BY_4_0",
    "CC0": "http://publications.europa.eu/resource/authority/licence/CC0",
    "Modellicentie gratis hergebruik": "https://data.vlaanderen.be/id/licentie/modellicentie-gratis-hergebruik/v1.0",
    "Open data license – FLUVIUS": "",
    "Open data-licentie Stad Gent (gratis hergebruik)": "",
}  # as the specs write it → its address, where there is one; a licence that nobody confirmed is not open
