"""The entry for data portals: DCAT-AP-SE 3 as Turtle and JSON-LD, and schema.org’s Dataset for search engines.

The Swedish profile requires title, description, publisher and data sets of a catalogue; title, description and
publisher of a data set; the access URL of a distribution. Recommended properties are given where the record has them.
"""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings

from .package import DESCRIPTION, NAME, TITLE, Package, archive_url, table_url
from .tables import ATTRIBUTION, LICENCE_URL, TABLES

CATALOGUE_TITLE = {
    "en": "Open data of the partnership between Växjö, Region Kronoberg and JB Marks",
    "sv": "Öppna data från partnerskapet mellan Växjö, Region Kronoberg och JB Marks",
}
KEYWORDS = {
    "en": ["municipal partnership", "twinning", "Växjö", "Kronoberg", "JB Marks", "Potchefstroom"],
    "sv": ["kommunalt partnerskap", "vänort", "Växjö", "Kronoberg", "JB Marks", "Potchefstroom"],
}
_EU = "http://publications.europa.eu/resource/authority"
#: The publisher is a local authority (ADMS publisher types).
_PUBLISHER_TYPE = "http://purl.org/adms/publishertype/LocalAuthority"
_LANGUAGES = {"en": f"{_EU}/language/ENG", "sv": f"{_EU}/language/SWE"}
_PREFIXES = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def _id(url: str) -> dict[str, str]:
    return {"@id": url}


def _texts(texts: dict[str, str]) -> list[dict[str, str]]:
    return [{"@value": text, "@language": language} for language, text in texts.items()]


def _typed(value: str, kind: str) -> dict[str, str]:
    return {"@value": value, "@type": f"xsd:{kind}"}


def graph(package: Package) -> list[dict[str, Any]]:
    """The entry as JSON-LD nodes, from which both files are written."""
    base = f"{settings.SITE_URL}/data"
    publisher: dict[str, Any] = {
        "@id": f"{base}#publisher",
        "@type": "foaf:Agent",
        "foaf:name": settings.OPERATOR_NAME or ATTRIBUTION,
        "dcterms:type": _id(_PUBLISHER_TYPE),
    }
    changed = _typed(package.date, "date")
    pages = [_id(f"{settings.SITE_URL}/{language}/data/") for language, _name in settings.LANGUAGES]
    catalogue = {
        "@id": f"{base}/catalog",
        "@type": "dcat:Catalog",
        "dcterms:title": _texts(CATALOGUE_TITLE),
        "dcterms:description": _texts(DESCRIPTION),
        "dcterms:publisher": _id(publisher["@id"]),
        "dcterms:license": _id(LICENCE_URL),
        "dcterms:language": [_id(url) for url in _LANGUAGES.values()],
        "dcterms:modified": changed,
        "foaf:homepage": _id(f"{settings.SITE_URL}/"),
        "dcat:dataset": _id(f"{base}/dataset"),
    }
    distributions = [_table_distribution(base, package, name) for name in TABLES]
    distributions.append(_archive_distribution(base, package))
    dataset: dict[str, Any] = {
        "@id": f"{base}/dataset",
        "@type": "dcat:Dataset",
        "dcterms:title": _texts(TITLE),
        "dcterms:description": _texts(DESCRIPTION),
        "dcterms:publisher": _id(publisher["@id"]),
        "dcterms:identifier": NAME,
        "dcterms:modified": changed,
        "dcterms:accessRights": _id(f"{_EU}/access-right/PUBLIC"),
        "dcterms:accrualPeriodicity": _id(f"{_EU}/frequency/IRREG"),
        "dcterms:language": [_id(url) for url in _LANGUAGES.values()],
        "dcterms:spatial": [_id(f"{_EU}/country/SWE"), _id(f"{_EU}/country/ZAF")],
        "dcat:theme": [_id(f"{_EU}/data-theme/GOVE"), _id(f"{_EU}/data-theme/INTR")],
        "dcat:keyword": [text for language, words in KEYWORDS.items() for text in _words(language, words)],
        "dcat:landingPage": pages,
        "dcat:distribution": [_id(distribution["@id"]) for distribution in distributions],
    }
    nodes = [catalogue, dataset, publisher, *distributions]
    if settings.CONTACT_EMAIL:
        contact: dict[str, Any] = {
            "@id": f"{base}#contact",
            "@type": "vcard:Organization",
            "vcard:fn": settings.OPERATOR_NAME or ATTRIBUTION,
            "vcard:hasEmail": _id(f"mailto:{settings.CONTACT_EMAIL}"),
        }
        dataset["dcat:contactPoint"] = _id(contact["@id"])
        nodes.append(contact)
    return nodes


def _words(language: str, words: list[str]) -> list[dict[str, str]]:
    return [{"@value": word, "@language": language} for word in words]


def _distribution(identity: str, url: str, title: dict[str, str], kind: str, media: str, size: int) -> dict[str, Any]:
    return {
        "@id": identity,
        "@type": "dcat:Distribution",
        "dcterms:title": _texts(title),
        "dcat:accessURL": _id(url),
        "dcat:downloadURL": _id(url),
        "dcterms:license": _id(LICENCE_URL),
        "dcterms:format": _id(f"{_EU}/file-type/{kind}"),
        "dcat:mediaType": _id(f"https://www.iana.org/assignments/media-types/{media}"),
        "dcat:byteSize": _typed(str(size), "nonNegativeInteger"),
    }


def _table_distribution(base: str, package: Package, name: str) -> dict[str, Any]:
    url = f"{settings.SITE_URL}{table_url(name)}"
    title = {"en": f"{name}.csv", "sv": f"{name}.csv"}
    return _distribution(f"{base}/distribution/{name}", url, title, "CSV", "text/csv", package.tables[name].size)


def _archive_distribution(base: str, package: Package) -> dict[str, Any]:
    url = f"{settings.SITE_URL}{archive_url(package.date)}"
    title = {"en": "All tables in one archive", "sv": "Alla tabeller i ett arkiv"}
    return _distribution(f"{base}/distribution/archive", url, title, "ZIP", "application/zip", len(package.archive))


def json_ld(package: Package) -> str:
    return json.dumps({"@context": _PREFIXES, "@graph": graph(package)}, ensure_ascii=False, indent=2)


def turtle(package: Package) -> str:
    lines = [f"@prefix {name}: <{url}> ." for name, url in _PREFIXES.items()]
    for node in graph(package):
        lines += ["", f"<{node['@id']}> a {node['@type']}"]
        for name, value in node.items():
            if not name.startswith("@"):
                values = value if isinstance(value, list) else [value]
                lines[-1] += " ;"
                lines.append(f"    {name} {', '.join(map(_turtle_value, values))}")
        lines[-1] += " ."
    return "\n".join(lines) + "\n"


def _turtle_value(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if "@id" in value:
        return f"<{value['@id']}>"
    text = json.dumps(value["@value"], ensure_ascii=False)
    return f"{text}@{value['@language']}" if "@language" in value else f"{text}^^{value['@type']}"


def dataset_for_search_engines(package: Package) -> dict[str, Any]:
    """schema.org’s description of the data set, for the page about it."""
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": TITLE["en"],
        "alternateName": TITLE["sv"],
        "description": DESCRIPTION["en"],
        "url": f"{settings.SITE_URL}/en/data/",
        "license": LICENCE_URL,
        "creator": {"@type": "Organization", "name": settings.OPERATOR_NAME or ATTRIBUTION},
        "dateModified": package.date,
        "isAccessibleForFree": True,
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": "text/csv",
                "contentUrl": f"{settings.SITE_URL}{table_url(name)}",
            }
            for name in TABLES
        ],
    }
