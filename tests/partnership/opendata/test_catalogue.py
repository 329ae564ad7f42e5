"""The entry for data portals, against the rules that the portals state."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyshacl
import pytest
import rdflib
from django.test import Client
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, DCTERMS, RDF

from partnership.opendata.relations import ALL_TABLES

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parents[2] / "data" / "dcat"
#: What the Swedish portal demands of each class: how often, of what kind, and among which values.
SWEDISH_RULES = json.loads((DATA / "dcat-ap-se.json").read_text(encoding="utf-8"))["classes"]


def get(url: str, **headers):
    return Client(headers={"host": "localhost", **headers}).get(url)


def entry(suffix: str = "rdf", form: str = "xml") -> rdflib.Graph:
    return rdflib.Graph().parse(data=get(f"/data/catalog.{suffix}").content, format=form)


@pytest.fixture
def configured(settings):
    settings.CONTACT_EMAIL = "data@example.org"
    settings.OPERATOR_NAME = "Växjö kommun"
    settings.OPERATOR_NUMBER = "212000-0662"


def broken_rules(graph: rdflib.Graph, node: rdflib.term.Node, rule: dict) -> list[str]:
    values = list(graph.objects(node, rdflib.URIRef(rule["property"])))
    errors = []
    if not rule.get("min", 0) <= len(values) <= rule.get("max", len(values)):
        errors.append(f"{len(values)} values")
    for value in values:
        is_iri = isinstance(value, rdflib.URIRef)
        if rule["node"] == "iri" and not (is_iri and ":" in value):
            errors.append(f"{value} is no absolute address")
        if rule["node"] in ("text", "literal", "typed") and is_iri:
            errors.append(f"{value} is an address")
        if rule["node"] == "text" and not value.language:
            errors.append(f"{value} has no language")
        if rule.get("datatypes") and str(value.datatype) not in rule["datatypes"]:
            errors.append(f"{value} is of type {value.datatype}")
        if rule.get("pattern") and not re.fullmatch(rule["pattern"], str(value)):
            errors.append(f"{value} does not match {rule['pattern']}")
        if rule.get("values") and str(value) not in rule["values"]:
            errors.append(f"{value} is not among the values")
        if not str(value).startswith(rule.get("begins", "")):
            errors.append(f"{value} does not begin with {rule['begins']}")
    return [f"{rule['property']}: {error}" for error in errors]


@pytest.mark.parametrize("kind", SWEDISH_RULES)
def test_the_swedish_portal_finds_nothing_wrong(kind, configured):
    graph = entry()
    nodes = list(graph.subjects(RDF.type, rdflib.URIRef(kind)))

    assert nodes
    assert [error for node in nodes for rule in SWEDISH_RULES[kind] for error in broken_rules(graph, node, rule)] == []


def test_the_rules_are_seen_to_be_broken():
    graph = rdflib.Graph().parse(
        data="""@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
            <x:d> a dcat:Distribution ; dct:format <http://example.org/CSV> ; dct:title "no language" .""",
        format="turtle",
    )
    node = rdflib.URIRef("x:d")
    broken = {
        rule["property"].rpartition("/")[2]
        for rule in SWEDISH_RULES["http://www.w3.org/ns/dcat#Distribution"]
        if broken_rules(graph, node, rule)
    }

    assert {"format", "title", "dcat#accessURL"} <= broken


def test_the_entry_is_valid_in_europe(configured):
    shapes = rdflib.Graph().parse(DATA / "dcat-ap.ttl")
    valid, _report, text = pyshacl.validate(entry(), shacl_graph=shapes)

    assert valid, text


def test_all_forms_say_the_same(configured):
    assert isomorphic(entry(), entry("ttl", "turtle"))
    assert isomorphic(entry(), entry("jsonld", "json-ld"))


def test_the_portal_knows_publisher_and_licence(configured):
    graph = entry()
    dataset = graph.value(predicate=RDF.type, object=DCAT.Dataset)

    assert graph.value(dataset, DCTERMS.publisher) == rdflib.URIRef("http://dataportal.se/organisation/SE2120000662")
    licences = {str(licence) for licence in graph.objects(None, DCTERMS.license)}
    assert licences == {"http://creativecommons.org/licenses/by/4.0/"}
    assert {text.language for text in graph.objects(dataset, DCTERMS.title)} == {"en", "sv"}


def test_what_the_entry_names_is_there():
    graph = entry()
    distributions = list(graph.subjects(RDF.type, DCAT.Distribution))
    assert len(distributions) == len(ALL_TABLES) + 1
    for distribution in distributions:
        response = get(str(graph.value(distribution, DCAT.accessURL)).removeprefix("http://localhost:8000"))
        if response.status_code == 307:
            response = get(response["Location"])
        response.getvalue()
        assert response.status_code == 200
    named = [*distributions, *graph.subjects(RDF.type, DCAT.Dataset), *graph.subjects(RDF.type, DCAT.Catalog)]
    for node in named:
        response = get(str(node).removeprefix("http://localhost:8000"), accept="text/turtle")
        assert (response.status_code, response["Location"]) == (303, "/data/catalog.ttl")
    assert get("/data/distribution/nothing").status_code == 404
