"""Descriptions of pages for machines: schema.org as JSON-LD, and citations as BibTeX."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language

from projects.models import Participation, Project, Theme
from visits.models import Visit

from ..models import Claim, Partner, Source
from ..models.evidence import FieldGroup
from ..publishing import Record
from .tables import LICENCE_URL, split_codes

#: The list of the OECD’s sectors of development, as the standard of IATI names it; each stands there under its code.
DAC_SECTORS = "http://reference.iatistandard.org/codelists/Sector/"
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
    url = _absolute(partner.get_absolute_url())
    return {"@type": kind, "@id": partner.permanent_url, "name": str(partner.name), "url": url}


def _sectors(themes: Iterable[Theme]) -> list[dict[str, Any]]:
    public = (theme for theme in themes if theme.is_published)
    codes = dict.fromkeys(code for theme in public for code in split_codes(theme.dac_sectors))
    return [
        {
            "@type": "DefinedTerm",
            "@id": f"{DAC_SECTORS}#{code}",
            "termCode": code,
            "inDefinedTermSet": {"@type": "DefinedTermSet", "@id": DAC_SECTORS},
        }
        for code in codes
    ]


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


def _is_inferred_period(record: Any) -> bool:
    """What we concluded ourselves has no mark here, so machines are not told it."""
    return any(inference.about == FieldGroup.PERIOD for inference in record.inferences.all())


def project(record: Project) -> dict[str, Any]:
    description = _described("Project", record, record.title, record.summary)
    rows = [row for row in record.participations.all() if row.partner.is_published]
    description["member"] = [_organisation(row.partner) for row in rows if row.role != Participation.Role.FUNDER]
    funders = [row.partner for row in rows if row.role == Participation.Role.FUNDER]
    if funders:
        description["funder"] = [_organisation(funder) for funder in funders]
    begin, _end = record.period.iso_dates()
    if begin and not _is_inferred_period(record):
        description["foundingDate"] = begin
    goals = [f"http://metadata.un.org/sdg/{goal.number}" for goal in record.goals.all()]
    about = [{"@type": "DefinedTerm", "@id": goal} for goal in goals] + _sectors(record.themes.all())
    return {**description, "about": about} if about else description


def visit(record: Visit) -> dict[str, Any]:
    """An event only where a source states its days; else a work of the record, with its time if one states it."""
    is_inferred = _is_inferred_period(record)
    if is_inferred or not record.period.has_days:
        description = _described("CreativeWork", record, str(record), record.purpose)
        if record.period and not is_inferred:
            description["temporalCoverage"] = record.period.edtf
        return description
    description = _described("Event", record, str(record), record.purpose)
    first, last = record.period.iso_dates()
    description |= {"startDate": first, "endDate": last}
    hosts = [host for host in record.hosts.all() if host.is_published]
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
    identifiers = record.public_identifiers
    same = [address for address in (record.website, *(row.iri for row in identifiers)) if address]
    if same:
        description["sameAs"] = same if len(same) > 1 else same[0]
    if identifiers:
        description["identifier"] = [
            {"@type": "PropertyValue", "propertyID": row.scheme, "value": row.value} for row in identifiers
        ]
    if record.latitude is not None and record.longitude is not None:
        geo = {"@type": "GeoCoordinates", "latitude": float(record.latitude), "longitude": float(record.longitude)}
        description["location"] = {"@type": "Place", "name": record.town or str(record.name), "geo": geo}
    return description


def theme(record: Theme) -> dict[str, Any]:
    description = _described("DefinedTerm", record, record.name)
    sectors = _sectors([record])
    return {**description, "about": sectors} if sectors else description


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


def is_described(record: Any) -> bool:
    return type(record) in DESCRIBERS


def turtle(description: dict[str, Any]) -> str:
    """A description as Turtle, without asking schema.org for its context."""
    # Imported here: it is large, and asked for by few.
    from rdflib import Graph

    address = {"@type": "@id"}
    context = {"@vocab": "https://schema.org/", **dict.fromkeys(("sameAs", "url", "license"), address)}
    named = {**description, "@context": context}
    return Graph().parse(data=json.dumps(named), format="json-ld").serialize(format="turtle")


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
