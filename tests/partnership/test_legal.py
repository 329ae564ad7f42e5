"""Legal pages in both languages, with and without a configured operator."""

from __future__ import annotations

import datetime

import pytest
from django.test import Client

from tests.base import address, fetch

pytestmark = pytest.mark.django_db


@pytest.fixture
def operated(settings):
    settings.OPERATOR_NAME = "Test Operator"
    settings.CONTACT_EMAIL = "record@example.org"
    settings.CONTACT_FORM_URL = "https://operator.example/form"
    settings.ANSWER_DAYS = 5
    settings.DATA_PROTECTION_CONTACT = "dpo@example.org"


ACCESSIBILITY = {
    "en": [
        *(
            "Test Operator is responsible",
            "2018:1937",
            "EN 301 549",
            "WCAG 2.1, level AA",
            "In part.",
            "What does not conform",
        ),
        *(
            "no date has been set",
            "How it was tested",
            "screen reader",
            "within 5 working days",
            "DIGG",
            "last changed on",
        ),
    ],
    "sv": [
        *("Test Operator", "2018:1937", "EN 301 549", "WCAG 2.1", "Delvis.", "något datum för det är inte bestämt"),
        *("skärmläsare", "inom 5 arbetsdagar", "Digg", "ändrades senast"),
    ],
}
PRIVACY = {
    "en": [
        *(
            "Test Operator is the controller",
            "dpo@example.org",
            "no cookie",
            "neither addresses nor the words",
            "seven days",
        ),
        *(
            "never by name",
            "take it down at once",
            "legal ground",
            "for a week",
            "third country",
            "object to its use",
            "IMY",
        ),
        "Information Regulator",
    ],
    "sv": [
        *("Test Operator är personuppgiftsansvarig", "dpo@example.org", "varken adresser eller de ord", "sju dagar"),
        *("rättsliga grunden", "tredjeland", "invända", "IMY", "Information Regulator"),
    ],
}


@pytest.mark.parametrize("language", ["en", "sv"])
@pytest.mark.parametrize(("name", "points"), [("accessibility", ACCESSIBILITY), ("privacy", PRIVACY)])
def test_every_point_is_there(name, points, language, operated):
    page = fetch(address(name, language))

    assert [point for point in points[language] if point not in page.text] == []
    assert "https://operator.example/form" in page.links("https://operator")
    assert any(link.startswith("mailto:record@example.org") for link in page.links("mailto:"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("accessibility", ["The operator of this site has not been configured yet", "No contact address has been"]),
        ("privacy", ["The operator of this site has not been configured yet", "data protection officer has not been"]),
    ],
)
def test_where_nothing_is_configured_the_page_says_so_and_invents_nothing(name, words, settings):
    settings.CONTRIBUTIONS = False

    page = fetch(address(name, "en"))

    assert [phrase for phrase in words if phrase not in page.text] == []
    assert not page.links("mailto:")


def test_a_promise_of_an_answer_is_the_operators_alone(operated, settings):
    settings.ANSWER_DAYS = 0

    assert "How soon an answer comes is not stated yet." in fetch(address("accessibility", "en")).text


# security.txt


@pytest.fixture
def reported(settings):
    settings.SECURITY_CONTACT = "mailto:security@example.org"
    settings.SECURITY_EXPIRES = (datetime.date.today() + datetime.timedelta(days=200)).isoformat()  # noqa: DTZ011
    settings.SITE_URL = "https://record.example.org"


def security(status: int) -> str:
    response = Client(headers={"host": "localhost"}).get("/.well-known/security.txt")
    assert response.status_code == status
    return response.content.decode()


def test_security_txt_names_contact_and_end(reported, settings):
    assert security(200).splitlines() == [
        "Contact: mailto:security@example.org",
        f"Expires: {settings.SECURITY_EXPIRES}T23:59:59Z",
        "Preferred-Languages: en, sv",
        "Canonical: https://record.example.org/.well-known/security.txt",
    ]


@pytest.mark.parametrize(
    ("name", "value"), [("SECURITY_CONTACT", ""), ("SECURITY_EXPIRES", ""), ("SECURITY_EXPIRES", "2025-01-01")]
)
def test_without_contact_or_end_or_after_it_there_is_none(name, value, reported, settings):
    setattr(settings, name, value)

    security(404)
