"""Descriptions of pages for machines: schema.org as JSON-LD, and citations as BibTeX."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language

from projects.models import Participation, Project, Theme
from visits.models import Visit

from ..models import Claim, Partner, Source
from ..publishing import Record
from .tables import ATTRIBUTION, LICENCE_URL

_PUBLIC_AUTHORITIES = {Partner.Kind.MUNICIPALITY, Partner.Kind.REGION, Partner.Kind.PROVINCE, Partner.Kind.POLICE}


def _absolute(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


def _described(kind: str, record: Any, name: str, text: str = "") -> dict[str, Any]:
    description = {
        "@context": "https://schema.org",
        "@type": kind,
        "@id": record.permanent_url,
        "name": str(name),
        "url": _absolute(record.get_absolute_url()),
        "inLanguage": get_language(),
    }
    return {**description, "description": str(text)} if text else description


def _organisation(partner: Partner) -> dict[str, Any]:
    kind = "GovernmentOrganization" if partner.kind in _PUBLIC_AUTHORITIES else "Organization"
    return {"@type": kind, "@id": partner.permanent_url, "name": str(partner.name)}


def site() -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": str(settings.SITE_NAME),
        "url": _absolute(reverse("home")),
        "inLanguage": get_language(),
        "license": LICENCE_URL,
        **({"publisher": {"@type": "Organization", "name": settings.OPERATOR_NAME}} if settings.OPERATOR_NAME else {}),
        "potentialAction": {
            "@type": "SearchAction",
            "target": f"{_absolute(reverse('search'))}?q={{search_term_string}}",
            "query-input": "required name=search_term_string",
        },
    }


def project(record: Project) -> dict[str, Any]:
    description = _described("Project", record, record.title, record.summary)
    description["member"] = [
        _organisation(row.partner)
        for row in record.participations.all()
        if row.role != Participation.Role.FUNDER and row.partner.is_published
    ]
    funders = [row.partner for row in record.participations.all() if row.role == Participation.Role.FUNDER]
    if funders:
        description["funder"] = [_organisation(funder) for funder in funders]
    begin, _end = record.period.iso_dates()
    if begin:
        description["foundingDate"] = begin
    return description


def visit(record: Visit) -> dict[str, Any]:
    description = _described("Event", record, str(record), record.purpose)
    dates = zip(("startDate", "endDate"), record.period.iso_dates(), strict=True)
    description |= {name: date for name, date in dates if date}
    hosts = list(record.hosts.all())
    if hosts:
        description["location"] = [
            {"@type": "Place", "name": host.town or str(host.name), "address": host.get_country_display()}
            for host in hosts
        ]
        description["organizer"] = [_organisation(host) for host in hosts]
    return description


def partner(record: Partner) -> dict[str, Any]:
    kind = "GovernmentOrganization" if record.kind in _PUBLIC_AUTHORITIES else "Organization"
    description = _described(kind, record, record.name, record.description)
    names = [str(former.name) for former in record.former_names.all()]
    if names:
        description["alternateName"] = names
    if record.website:
        description["sameAs"] = record.website
    if record.latitude is not None and record.longitude is not None:
        geo = {"@type": "GeoCoordinates", "latitude": float(record.latitude), "longitude": float(record.longitude)}
        description["location"] = {"@type": "Place", "name": record.town, "geo": geo}
    return description


def theme(record: Theme) -> dict[str, Any]:
    return _described("DefinedTerm", record, record.name)


def source(record: Source) -> dict[str, Any]:
    description = _described("CreativeWork", record, record.title)
    description |= {"inLanguage": record.language, "publisher": {"@type": "Organization", "name": record.publisher}}
    if record.url:
        description["sameAs"] = record.url
    published, _end = record.published.iso_dates()
    if published:
        description["datePublished"] = published
    return description


def claim(record: Claim) -> dict[str, Any]:
    """A claim with its sources. Not a ClaimReview, since the site belongs to those who make the claims."""
    description = _described("Claim", record, record.label)
    description["appearance"] = [
        {"@type": "CreativeWork", "@id": citation.source.permanent_url, "name": citation.source.title}
        for statement in record.statements.all()
        for citation in statement.citations.all()
        if citation.source.is_published
    ]
    return description


DESCRIBERS: dict[type[Record], Any] = {
    Project: project,
    Visit: visit,
    Partner: partner,
    Theme: theme,
    Source: source,
    Claim: claim,
}


def describe(record: Any) -> dict[str, Any]:
    return DESCRIBERS[type(record)](record)


def breadcrumbs(*steps: tuple[str, str]) -> dict[str, Any]:
    """The breadcrumbs from the start page; each step is a name and a path."""
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": str(name), "item": _absolute(path)}
            for number, (name, path) in enumerate(steps, start=1)
        ],
    }


def bibtex(record: Record, title: str) -> str:
    """A source as a BibTeX entry, or the page of another record. Double braces preserve capitals and punctuation."""
    if isinstance(record, Source):
        fields = {
            "title": record.title,
            "author": record.publisher,
            "year": str(record.published_from.year) if record.published_from else "",
            "url": record.url,
        }
    else:
        fields = {
            "title": title,
            "author": settings.OPERATOR_NAME,
            "howpublished": ATTRIBUTION,
            "year": str(record.modified_at.year),
            "url": record.permanent_url,
            "note": f"Version of {record.modified_at.date().isoformat()}",
        }
    cleaned = {name: value.replace("{", "(").replace("}", ")") for name, value in fields.items() if value}
    lines = [f"  {name} = {{{{{value}}}}}" for name, value in cleaned.items()]
    return ",\n".join([f"@misc{{{record._meta.model_name}-{record.code}", *lines]) + "\n}"
