"""The summary of errors at the top of a form."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.utils import flatten

from .forms import ANSWERS

#: The class of a part that is usually folded and stands below the rows, while it is open.
ASIDE = "aside"


class FormError(NamedTuple):
    """An error that blocks saving, the id of the element that it is about, and of the field that can overrule it."""

    message: str
    label: str = ""
    element_id: str = ""
    answer_id: str = ""


def error_summary(form: forms.BaseForm, inlines: list[Any]) -> list[FormError]:
    """All errors of a form and its inline rows, in the order of the page."""
    errors = field_errors(form)
    for inline in inlines:
        label = str(inline.opts.verbose_name_plural)
        group_id = f"{inline.formset.prefix}-group"
        errors += [FormError(str(message), label, group_id) for message in inline.formset.non_form_errors()]
        for row in inline.formset.forms:
            errors += field_errors(row)
    return errors


class Section(NamedTuple):
    """A part of a form: its name, the id of its heading, and how many errors stand in it."""

    label: str
    element_id: str
    errors: int = 0


def sections(adminform: AdminForm, inlines: list[Any], after_rows: list[Section]) -> list[Section]:
    """The parts of a form that have a name, in the order of the page."""
    parts: list[Section] = []
    aside: list[Section] = []
    fieldsets: Any = adminform.fieldsets
    for number, (title, options) in enumerate(fieldsets):
        names = flatten(options["fields"])
        if title:
            count = sum(name in adminform.form.errors for name in names)
            is_aside = {"collapse", ASIDE} & set(options.get("classes", ()))
            (aside if is_aside else parts).append(Section(str(title), f"fieldset-0-{number}-heading", count))
    for inline in inlines:
        count = sum(bool(row.errors) for row in inline.formset.forms) + len(inline.formset.non_form_errors())
        parts.append(Section(str(inline.opts.verbose_name_plural), f"{inline.formset.prefix}-heading", count))
    return [*parts, *after_rows, *aside]


def field_errors(form: forms.BaseForm) -> list[FormError]:
    errors = []
    for name, messages in form.errors.items():
        field = form[name] if name in form.fields else None
        label, element_id = (str(field.label), field.id_for_label) if field else ("", "")
        answers = [ANSWERS.get(str(error.code), "") for error in messages.as_data()]
        errors += [
            FormError(str(message), label, element_id, f"id_{answer}" if answer else "")
            for message, answer in zip(messages, answers, strict=True)
        ]
    return errors


def _opened(options: dict[str, Any]) -> list[str]:
    return [ASIDE] if "collapse" in options.get("classes", ()) else []


def expand_fieldsets_with_errors(adminform: AdminForm) -> None:
    """Django does the same, but overlooks fields that share a line."""
    names = set(adminform.form.errors)
    fieldsets: Any = adminform.fieldsets
    adminform.fieldsets = [
        (title, {**options, "classes": _opened(options)} if names & set(flatten(options["fields"])) else options)
        for title, options in fieldsets
    ]
