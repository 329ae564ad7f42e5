"""What registers of others call the partners: typed by staff, proved by a source, handed on in all forms."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
import rdflib
from django.test import Client

from partnership.models import Partner
from projects import iati
from tests.base import filled_in, url
from tests.factories import make_partner, make_project, make_source

pytestmark = pytest.mark.django_db


def read(address: str) -> bytes:
    return Client(headers={"host": "localhost"}).get(address).getvalue()


def send(client: Client, partner: Partner, **row: object):
    address = url(Partner, "change", partner.pk)
    total = {"identifiers-TOTAL_FORMS": 1, "identifiers-0-partner": partner.pk}
    return client.post(
        address, filled_in(client.get(address)) | total | {f"identifiers-0-{k}": v for k, v in row.items()}
    )


@pytest.mark.parametrize(
    ("scheme", "typed", "message"),
    [
        ("wikidata", "Växjö", "Write it as the register does: Q64."),
        ("organisation_number", "2120000662", "Write it as the register does: 212000-0662."),
        ("organisation_number", "212000-0663", "The last digit does not fit the others."),
        ("municipality_code", "Potch", "Write it as the register does: NW405, 0780."),
        ("ror", "https://ror.org/x", "Write it as the register does: 05dxps055."),
        ("iati", "Sida", "Write it as the register does: XM-DAC-41114."),
    ],
)
def test_what_no_register_writes_is_refused_beside_its_field(scheme, typed, message, staff_client):
    response = send(staff_client("Publisher"), make_partner(), scheme=scheme, value=typed, source=make_source().pk)

    errors = response.context["inline_admin_formsets"][1].formset.forms[0].errors
    assert message in str(errors["value"])
    assert typed in response.content.decode()


def test_an_address_that_was_copied_whole_is_read_as_the_identifier(staff_client):
    partner, source = make_partner(code="test-body"), make_source(code="test-proof")
    partner.citations.create(source=source)

    send(
        staff_client("Publisher"),
        partner,
        scheme="wikidata",
        value="https://www.wikidata.org/wiki/Q64",
        source=source.pk,
    )

    (row,) = json.loads(read("/id/partner/test-body.json"))["records"]
    assert row["identifiers"] == [
        {"scheme": "wikidata", "value": "Q64", "iri": "http://www.wikidata.org/entity/Q64", "source": "test-proof"}
    ]


def test_identifiers_are_handed_on_wherever_a_body_is_named():
    body = make_partner(code="test-body", role="formal", website="https://example.org/")
    source = make_source(code="test-proof", title="A register")
    for scheme, value in (("wikidata", "Q64"), ("organisation_number", "202020-2020"), ("municipality_code", "0780")):
        body.identifiers.create(scheme=scheme, value=value, source=source)
    body.identifiers.create(scheme="ror", value="05dxps055", source=make_source(state="draft"))
    make_project(code="test-a", period="2011/2012", status="completed", partners=[body])
    entity = rdflib.URIRef("http://www.wikidata.org/entity/Q64")

    graph = rdflib.Graph().parse(data=read("/id/partner/test-body.ttl"), format="turtle")
    same = set(graph.objects(rdflib.URIRef("http://localhost:8000/id/partner/test-body"), rdflib.SDO.sameAs))
    assert {entity, rdflib.URIRef("https://example.org/")} <= same
    catalogue = rdflib.Graph().parse(data=read("/data/catalog.ttl"), format="turtle")
    assert entity in set(catalogue.objects(None, rdflib.DCTERMS.relation))
    activities = ET.fromstring(iati.activity_file())
    named = {org.get("ref"): org.findtext("narrative") for org in activities.iter("participating-org")}
    assert named["SE-ON-202020-2020"] == "Test body"
    page = read("/en/partners/test-body/").decode()
    assert 'href="http://www.wikidata.org/entity/Q64"' in page
    assert "A register" in page
    # What no public source proves is nowhere.
    table = read("/data/identifiers.csv").decode()
    assert "test-body,municipality_code,0780,,test-proof" in table
    for text in (page, table, read("/id/partner/test-body.jsonld").decode()):
        assert "05dxps055" not in text
