"""Every model that a public page, datum or edition reads: who may change it, and that each change is kept and told."""

from __future__ import annotations

import html
import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext

from partnership import per_version
from partnership.models import Revision, Submission
from partnership.opendata import package
from partnership.publishing import AlwaysPublic, Record, State
from partnership.record import rules
from partnership.record.schemas import every_schema
from partnership.staff.record_admin import RecordAdmin
from tests.base import PAGES, address, ended, filled_in, url
from tests.factories import make_document, make_newsletter, make_photo

pytestmark = pytest.mark.django_db
admin.autodiscover()

#: What public pages read and no person writes, and why.
NOT_WRITTEN_BY_STAFF = {
    "dataversion": "a counter that triggers raise",
    "formeraddress": "kept when an address changes",
    "tableversion": "noted by triggers",
    "pendingindexing": "noted by triggers",
    "searchentry": "made from the record",
    "revision": "the versions themselves; rows are only added",
    "datarelease": "made from the record when it changes",
    "statementconfirmation": "made on a page of its own, by publishers for their own partner",
    "projectconfirmation": "the same",
    "outputconfirmation": "the same",
    "visitconfirmation": "the same",
    "edition": "frozen by publishers; never changes",
    "editionfile": "frozen with its edition",
}
#: What has another form than records have, and why.
PLAIN_FORMS = {
    "criterion": "for choosing one alone; it is changed with its round",
}
DATA = [
    "/en/projects.csv /en/visits.json /en/themes.csv /en/partners.json /en/claims.csv /en/history.csv /en/sources.json",
    "/en/visits.ics /en/feed.atom /en/changes/feed.atom /en/newsletter/ /sitemap.xml /data/record.zip",
    "/data/sources.bib /data/changes.csv /data/catalog.ttl /en/where-we-looked/",
]


def read_by_the_public(edition) -> set[type[models.Model]]:
    """The models of the tables that public addresses query."""
    make_newsletter(), make_photo(), make_document()
    client = Client(headers={"host": "localhost"})
    with CaptureQueriesContext(connection) as queries:
        for name in PAGES:
            for language in ("en", "sv"):
                client.get(address(name, language))
        for path in [*" ".join(DATA).split(), f"{edition.get_absolute_url()}pack.zip", edition.get_absolute_url()]:
            response = client.get(path)
            if response.has_header("Location"):
                response = client.get(response["Location"])
            if response.streaming:
                b"".join(response)
                ended(response)
    by_table = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    sql = " ".join(query["sql"] for query in queries)
    return {by_table[table] for table in re.findall(r'(?:FROM|JOIN) "(\w+)"', sql) if table in by_table}


def test_everything_that_the_public_reads_is_guarded_and_versioned(edition):
    package.build.cache_clear(), per_version.clear()
    versioned = {schema.model for schema in every_schema()}
    # Rows that tie two records together are written with the one that names the other.
    versioned |= {getattr(model, field.name).through for model in versioned for field in model._meta.many_to_many}
    seen = read_by_the_public(edition)
    named = {model for model in seen if model._meta.model_name not in NOT_WRITTEN_BY_STAFF}

    assert len(named) > 25
    assert sorted(str(model._meta.label) for model in named - versioned) == []
    # Each has a form with versions, or none that saves.
    plain = [
        model for model, form in admin.site._registry.items() if model in named and not isinstance(form, RecordAdmin)
    ]
    assert {str(model._meta.model_name) for model in plain} <= PLAIN_FORMS.keys()


GUARDED = [
    model
    for model, model_admin in admin.site._registry.items()
    if issubclass(model, Record | AlwaysPublic) and isinstance(model_admin, RecordAdmin)
]


def public_row(model):
    if model._meta.model_name == "newsletter":
        return make_newsletter()
    if model._meta.model_name in {"photo", "document"}:
        return make_photo() if model._meta.model_name == "photo" else make_document()
    rows = model._default_manager.all()
    return (rows.filter(state=State.PUBLISHED) if issubclass(model, Record) else rows).first()


def texts_of(model, data: dict) -> list[str]:
    """The names of the texts in a form in which a person could be named."""
    columns = {column.name: column for column in model._meta.fields}
    return [name for name in data if name in columns and rules.is_prose(columns[name])]


@pytest.mark.parametrize("model", GUARDED, ids=lambda model: model._meta.model_name)
def test_only_publishers_change_what_is_public_with_guard_version_and_change(model, staff_client):
    editor, publisher = staff_client("Editor"), staff_client("Publisher")
    row = public_row(model)
    change = url(model, "change", row.pk)
    data = filled_in(publisher.get(change)) | {"reason": "Read again.", "another": "on"}
    name = texts_of(model, data)[0]
    versioned = getattr(row, "claim", row) if model._meta.model_name == "statement" else row
    before = Revision.objects.of(versioned).count()

    assert editor.post(change, data | {name: "Rewritten"}).status_code == 403
    guarded = publisher.post(change, data | {name: "Told by Mr Sven Svensson"})
    assert "looks like personal data" in guarded.content.decode()
    assert Revision.objects.of(versioned).count() == before

    # Of a group of words there are two at least.
    response = publisher.post(change, data | {name: "Rewritten, again"})

    assert response.status_code == 302, response.context["errors"]
    revision = Revision.objects.of(versioned).first()
    assert (revision.is_public, revision.reason) == (True, "Read again.")
    changes = Client(headers={"host": "localhost"}).get("/en/changes/").content.decode()
    assert revision.title["en"] in html.unescape(changes)
    lasting = f"/id/{revision.model_name}/{revision.code}"
    status = Client(headers={"host": "localhost"}).get(lasting).status_code
    assert status == (303 if f'"{lasting}"' in changes else 404)


def test_a_criterion_is_a_part_of_its_round(staff_client):
    publisher = staff_client("Publisher")
    submission = Submission.objects.get(code="platforma-2018")
    change = url(type(submission.round), "change", submission.round.pk)
    data = filled_in(publisher.get(change))
    row = next(name.removesuffix("-name_en") for name in data if re.fullmatch(r"criteria-\d+-name_en", name))

    refused = publisher.post(change, data | {f"{row}-name_en": "As Mr Sven Svensson said"})
    publisher.post(change, data | {f"{row}-name_en": "Something else", "reason": "A slip."})

    assert "looks like personal data" in refused.content.decode()
    revision = Revision.objects.of(submission.round).first()
    assert revision.fields == ["criteria"]
    assert (
        "Something else"
        in Client(headers={"host": "localhost"}).get("/en/dossier/platforma-2018/criteria/").content.decode()
    )


#: What the groups may do with tables that are neither kept like records nor a part of one: Editor, Publisher,
#: Administrator.
OTHER_RIGHTS = {
    "contribution": ("view", "view add change", "view add change erase"),
    "follower": ("view", "view", "view delete"),
    "user": ("", "", "view add change"),
    "group": ("", "", "view add change"),
    "edition": ("view", "view add", "view add"),
    "privatelink": ("", "view add", "view add"),
    # By publishers alone: each confirms for the partner that the account belongs to.
    **dict.fromkeys(
        ("statementconfirmation", "projectconfirmation", "outputconfirmation", "visitconfirmation"), ("", "add", "")
    ),
}
ALL = "view add change delete"


def rights_by_rule(model: type[models.Model], owners: dict) -> tuple[str, str, str]:
    """What Editor, Publisher and Administrator may do: all write, what is public is published by publishers."""
    name = str(model._meta.model_name)
    if name in OTHER_RIGHTS:
        return OTHER_RIGHTS[name]
    if issubclass(model, Record):
        return (ALL, f"{ALL} publish", f"{ALL} publish")
    if issubclass(model, AlwaysPublic):
        # In a further language, questions are a draft until they are approved.
        return (ALL if name == "questionsheet" else "view", f"{ALL} publish", f"{ALL} publish")
    if owner := owners.get(model):
        editor = rights_by_rule(owner, owners)[0]
        return (editor, ALL, ALL)
    return ("", "", "")


def test_each_group_may_on_a_new_site_what_the_rule_says_of_each_table():
    owners = {inner.model: schema.model for schema in every_schema() for inner in schema.rows.values()}
    told = {}
    for group in Group.objects.all():
        for permission in group.permissions.select_related("content_type"):
            action = permission.codename.removesuffix(f"_{permission.content_type.model}")
            told.setdefault((group.name, permission.content_type.model), set()).add(action)

    wrong = [
        f"{group}: {model._meta.model_name} {sorted(told.get((group, model._meta.model_name), ()))}"
        for model in apps.get_models()
        for group, rights in zip(("Editor", "Publisher", "Administrator"), rights_by_rule(model, owners), strict=True)
        if told.get((group, model._meta.model_name), set()) != set(rights.split())
    ]

    assert wrong == []
