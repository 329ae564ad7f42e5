"""What the site asks of its database."""

from __future__ import annotations

import pytest
from django.core.checks import Tags, run_checks
from django.db import connection

from partnership.models import Source
from partnership.record.schemas import records


@pytest.mark.django_db
def test_the_database_of_the_suite_is_fit():
    assert run_checks(tags=[Tags.database], databases=["default"]) == []


@pytest.mark.django_db
def test_codes_stand_in_the_order_of_their_letters():
    """On any database: exports and checksums rest on it."""
    for code in ("order-a-b", "order-aa", "order-ab", "order-a"):
        Source.objects.create(code=code, title=code)

    codes = [source.code for source in records("sources") if source.code.startswith("order-")]
    assert codes == ["order-a", "order-a-b", "order-aa", "order-ab"]


def test_the_forms_of_staff_are_checked_though_they_are_loaded_late(monkeypatch):
    from projects.admin import ProjectAdmin

    monkeypatch.setattr(ProjectAdmin, "list_display", ["nothing"])

    assert "admin.E108" in {fault.id for fault in run_checks(tags=[Tags.admin])}


class _Sorting:
    """A cursor of a database that sorts by the rules of a language, or by letters alone."""

    def __init__(self, answer: bool):
        self.answer = answer

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        pass

    def execute(self, statement):
        pass

    def fetchone(self):
        return (self.answer,)


@pytest.mark.parametrize(("sorts_by_code_point", "errors"), [(True, []), (False, ["partnership.E001"])])
def test_a_database_that_sorts_by_a_language_is_refused(monkeypatch, sorts_by_code_point, errors):
    with monkeypatch.context() as patched:
        patched.setattr(connection, "vendor", "postgresql")
        patched.setattr(connection, "cursor", lambda: _Sorting(sorts_by_code_point))
        messages = run_checks(tags=[Tags.database], databases=["default"])

    assert [message.id for message in messages] == errors
