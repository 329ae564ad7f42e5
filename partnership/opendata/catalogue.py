"""The entry for data portals: DCAT-AP-SE 3 as RDF/XML, Turtle and JSON-LD, and schema.org’s Dataset for search engines.

The Swedish profile requires title, description, publisher and data sets of a catalogue; title, description and
publisher of a data set; the access URL of a distribution. Recommended properties are given where the record has them.
"""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.text import format_lazy

from ..coverage import FIRST_YEAR
from ..models import DataRelease, Partner, PartnerIdentifier
from .package import DESCRIPTION, NAME, TITLE, Package, table_url
from .relations import ALL_TABLES
from .tables import ATTRIBUTION, LICENCE_URL, Table

#: The licence as the Swedish portal knows it: http, never https.
LICENCE_IRI = "http://creativecommons.org/licenses/by/4.0/"
FRICTIONLESS = "https://datapackage.org/profiles/2.0/datapackage.json"
EDTF = "http://id.loc.gov/datatypes/edtf"

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
    "dcatap": "http://data.europa.eu/r5r/",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def _id(url: str) -> dict[str, str]:
    return {"@id": url}


def _texts(texts: dict[str, str]) -> list[dict[str, str]]:
    return [{"@value": text, "@language": language} for language, text in texts.items()]


def _typed(value: str, kind: str) -> dict[str, str]:
    return {"@value": value, "@type": f"xsd:{kind}"}


def _resources(*urls: str) -> list[dict[str, str]]:
    return [{"@id": url} for url in urls]


def graph(package: Package) -> list[dict[str, Any]]:
    """The entry as JSON-LD nodes, from which all files are written."""
    base = f"{settings.SITE_URL}/data"
    catalogue, dataset = catalogue_url(), dataset_url()
    changed = _typed(package.date, "date")
    issued = _typed(DataRelease.objects.values_list("date", flat=True).earliest("pk").isoformat(), "date")
    pages = [f"{settings.SITE_URL}/{language}/data/" for language, _name in settings.LANGUAGES]
    publisher = _publisher()
    distributions = [_table_distribution(package, table) for table in ALL_TABLES.values()]
    distributions.append(_archive_distribution(package))
    about: dict[str, Any] = {
        "dcterms:title": _texts(TITLE),
        "dcterms:description": _texts(DESCRIPTION),
        "dcterms:publisher": _id(publisher["@id"]),
        "dcterms:identifier": NAME,
        "dcterms:issued": issued,
        "dcterms:modified": changed,
        "dcat:version": package.version,
        "dcterms:accessRights": _id(f"{_EU}/access-right/PUBLIC"),
        "dcterms:accrualPeriodicity": _id(f"{_EU}/frequency/IRREG"),
        "dcterms:language": _resources(*_LANGUAGES.values()),
        "dcterms:spatial": _resources(f"{_EU}/country/SWE", f"{_EU}/country/ZAF"),
        "dcterms:temporal": _id(f"{base}#temporal"),
        "dcterms:conformsTo": _resources(FRICTIONLESS, EDTF),
        "dcat:theme": _resources(f"{_EU}/data-theme/GOVE", f"{_EU}/data-theme/INTR"),
        "dcat:keyword": [text for language, words in KEYWORDS.items() for text in _words(language, words)],
        "dcat:landingPage": _resources(*pages),
        **_bodies(),
        "dcat:distribution": [_id(distribution["@id"]) for distribution in distributions],
    }
    nodes = [
        {
            "@id": catalogue,
            "@type": "dcat:Catalog",
            "dcterms:title": _texts(CATALOGUE_TITLE),
            "dcterms:description": _texts(DESCRIPTION),
            "dcterms:publisher": _id(publisher["@id"]),
            "dcterms:license": _id(LICENCE_IRI),
            "dcterms:language": _resources(*_LANGUAGES.values()),
            "dcterms:issued": issued,
            "dcterms:modified": changed,
            "dcat:themeTaxonomy": _id(f"{_EU}/data-theme"),
            "foaf:homepage": _id(f"{settings.SITE_URL}/"),
            "dcat:dataset": _id(dataset),
        },
        {"@id": dataset, "@type": "dcat:Dataset", **about},
        publisher,
        {
            "@id": f"{base}#temporal",
            "@type": "dcterms:PeriodOfTime",
            "dcat:startDate": {"@value": str(FIRST_YEAR), "@type": "xsd:gYear"},
        },
        {"@id": FRICTIONLESS, "@type": "dcterms:Standard", "dcterms:title": _texts({"en": "Data Package 2.0"})},
        {"@id": EDTF, "@type": "dcterms:Standard", "dcterms:title": _texts({"en": "Extended Date/Time Format"})},
        *distributions,
    ]
    if settings.CONTACT_EMAIL:
        contact: dict[str, Any] = {
            "@id": f"{base}#contact",
            "@type": "vcard:Organization",
            "vcard:fn": settings.OPERATOR_NAME or ATTRIBUTION,
            "vcard:hasEmail": _id(f"mailto:{settings.CONTACT_EMAIL}"),
        }
        nodes[1]["dcat:contactPoint"] = _id(contact["@id"])
        nodes.append(contact)
    return nodes


def catalogue_url() -> str:
    return f"{settings.SITE_URL}/data/catalog"


def dataset_url() -> str:
    return f"{settings.SITE_URL}/data/dataset"


def distribution_url(name: str) -> str:
    return f"{settings.SITE_URL}/data/distribution/{name}"


def _publisher() -> dict[str, Any]:
    """The operator by its number in the Swedish portal’s form where it is configured, else by an address of ours."""
    number = settings.OPERATOR_NUMBER.replace("-", "")
    name = settings.OPERATOR_NAME or ATTRIBUTION
    return {
        "@id": f"http://dataportal.se/organisation/SE{number}" if number else f"{settings.SITE_URL}/data#publisher",
        "@type": "foaf:Agent",
        "foaf:name": _texts(dict.fromkeys(TITLE, name)),
        "dcterms:type": _id(_PUBLISHER_TYPE),
        "foaf:homepage": _id(f"{settings.SITE_URL}/"),
        **({"dcterms:identifier": settings.OPERATOR_NUMBER} if number else {}),
    }


def _bodies() -> dict[str, Any]:
    """The formal partners by the addresses that other data know them by, where a source names their identifiers."""
    formal = Partner.objects.published().formal().current().values("pk")
    iris = [row.iri for row in PartnerIdentifier.objects.public().filter(partner__in=formal) if row.iri]
    return {"dcterms:relation": _resources(*iris)} if iris else {}


def _words(language: str, words: list[str]) -> list[dict[str, str]]:
    return [{"@value": word, "@language": language} for word in words]


def _distribution(name: str, url: str, title: Any, text: dict[str, str], media: str, size: int) -> dict[str, Any]:
    return {
        "@id": distribution_url(name),
        "@type": "dcat:Distribution",
        "dcterms:title": _texts(title),
        "dcterms:description": _texts(text),
        "dcat:accessURL": _id(url),
        "dcat:downloadURL": _id(url),
        "dcterms:license": _id(LICENCE_IRI),
        "dcterms:format": media,
        "dcterms:language": _resources(*_LANGUAGES.values()),
        "dcterms:conformsTo": _id(FRICTIONLESS),
        "dcatap:availability": _id(f"{_EU}/planned-availability/STABLE"),
        "dcat:byteSize": _typed(str(size), "nonNegativeInteger"),
    }


def _in_each_language(text: Any) -> dict[str, str]:
    texts = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            texts[language] = str(text)
    return texts


def _table_distribution(package: Package, table: Table) -> dict[str, Any]:
    title = _in_each_language(table.title)
    text = _in_each_language(format_lazy("{}: {}", table.title, ", ".join(column.name for column in table.columns)))
    url = f"{settings.SITE_URL}{table_url(table.name)}"
    return _distribution(table.name, url, title, text, "text/csv", package.tables[table.name].size)


def _archive_distribution(package: Package) -> dict[str, Any]:
    """Its address never changes and leads on to the newest archive, whose address names its bytes."""
    title = {"en": "All tables in one archive", "sv": "Alla tabeller i ett arkiv"}
    text = {
        "en": "Every table as CSV, with a description of each column (Data Package 2.0).",
        "sv": "Varje tabell som CSV, med en beskrivning av varje kolumn (Data Package 2.0).",
    }
    url = f"{settings.SITE_URL}{reverse('data-newest-archive')}"
    return _distribution("archive", url, title, text, "application/zip", len(package.archive))


def json_ld(package: Package) -> str:
    return json.dumps({"@context": _PREFIXES, "@graph": graph(package)}, ensure_ascii=False, indent=2)


def serialized(package: Package, form: str) -> str:
    """The entry in another form of RDF: ``turtle``, or ``pretty-xml`` for RDF/XML."""
    # Imported here: it is large, and asked for by few.
    from rdflib import Graph

    return Graph().parse(data=json_ld(package), format="json-ld").serialize(format=form)


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
            for name in ALL_TABLES
        ],
    }
