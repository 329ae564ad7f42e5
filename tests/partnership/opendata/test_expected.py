"""Each format for machines, whole, beside a document that somebody has read: what is swapped or lost is seen.

The record they are made from has no two values alike. After a change that is meant, ``EXPECTED=renew`` with this test
writes them anew; read the difference before it is committed.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client, override_settings

from partnership.award import editions
from partnership.opendata.relations import ALL_TABLES
from tests.base import ended
from tests.partnership.opendata.small_record import make_small_record

FOLDER = Path(__file__).parent / "expected"
#: What is made anew with each version or day, and checksums of it.
PASSING = {
    r"\b[0-9a-f]{64}\b": "SHA-256",
    r'byteSize "?\d+"?': "byteSize",
    r"\d{4}-\d\d-\d\d\.\d+-[0-9a-f]{12}": "VERSION",
    r'dcterms:(issued|modified) "[\d-]+"': r'dcterms:\1 "DAY"',
    r'"made_at": "[^"]+"': '"made_at": "TIME"',
}
SITE = settings.SITE_URL
CATALOGUE = ("catalog", "dataset", "distribution/archive", "distribution/projects")
DOCUMENTS = {
    **{f"{name}.csv": f"/data/{name}.csv" for name in ALL_TABLES},
    "project.json": "/en/projects/choir.json",
    "visit.json": "/sv/besok/tour.json",
    "partner.json": "/en/partners/west.json",
    "source.json": "/sv/kallor/gazette.json",
    "project.jsonld": "/id/project/choir.jsonld",
    "visit.jsonld": "/id/visit/tour.jsonld",
    "partner.jsonld": "/id/partner/east.jsonld",
    "source.jsonld": "/id/source/thesis.jsonld",
    "project.ttl": "/id/project/choir.ttl",
    "project.bib": "/id/project/choir.bib",
    "sources.bib": "/data/sources.bib",
    "sources.ris": "/data/sources.ris",
    "sources.csl": "/data/sources.csl",
    "visits.ics": "/sv/besok.ics",
    "iati.xml": "/data/iati.xml",
    "feed.atom": "/sv/feed.atom",
    "changes-feed.atom": "/en/changes/feed.atom",
    "catalog.ttl": "/data/catalog.ttl",
    "sitemap.xml": "/sitemap.xml",
}


@pytest.fixture(scope="module")
def documents(django_db_setup, django_db_blocker, tmp_path_factory) -> dict[str, str]:
    """All of them, as one reader gets them from the small record."""
    changed = {
        "MEDIA_ROOT": tmp_path_factory.mktemp("media"),
        "IATI_REPORTING_ORG": "SE-ON-999999-0000",
        "OPERATOR_NAME": "An operator",
    }
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(**changed):
        submission = make_small_record()
        texts = {name: in_part(name, read(path)) for name, path in DOCUMENTS.items()}
        edition = editions.freeze(submission, None, public=True)
        path = f"/en/dossier/{submission.slug}/{edition.number}/edition.json"
        texts["edition.json"] = in_part("edition.json", read(path))
        transaction.set_rollback(True)
    return texts


def in_part(name: str, text: str) -> str:
    """Of long documents what is of this record: two distributions, the pages of records, no drawings."""
    if name == "catalog.ttl":
        heads = ("@prefix", *(f"<{SITE}/data/{part}> " for part in CATALOGUE))
        return "\n\n".join(part for part in text.split("\n\n") if part.startswith(heads))
    if name == "sitemap.xml":
        return "\n".join(re.findall(r"<url>(?:(?!</url>).)*<lastmod>.*?</url>", text))
    if name == "edition.json":
        edition = json.loads(text)
        del edition["data"]
        for dossier in edition["dossier"].values():
            del dossier["pictures"]
        return json.dumps(edition, indent=1, ensure_ascii=False)
    return text


def read(path: str) -> str:
    response = Client(headers={"host": "localhost"}).get(path)
    text = response.getvalue().decode()
    ended(response)
    assert response.status_code == 200, path
    for pattern, word in PASSING.items():
        text = re.sub(pattern, word, text)
    return text.replace("\r\n", "\n")


@pytest.mark.parametrize("name", [*DOCUMENTS, "edition.json"])
def test_a_document_for_machines_is_what_was_read(name, documents):
    path = FOLDER / name
    if os.environ.get("EXPECTED") == "renew":
        path.write_text(documents[name])

    assert documents[name] == path.read_text()
