"""The form of the public: five questions, of which only the first has to be answered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _

from ..fields.email_addresses import AddressField
from ..fields.texts import CharFormField, TextFormField
from ..models import Contribution
from ..web.public_forms import can_send_letters
from .intake import folded

SHORTEST_TEXT, LONGEST_TEXT = 10, 4000
#: Nobody sees it; programs fill in whatever they find. The name means nothing to a browser that fills in forms.
TRAP = "p_note"

validate_no_nul = ProhibitNullCharactersValidator(
    _("A sign that no text holds stands in it. Write the text again, or send it from another program.")
)


class TypedText(TextFormField):
    """Line ends as one sign, whatever the browser sends: they are counted as the writer counts them.

    People write in any language, with any sign their telephone has: long words and signs that were lost on the way
    are no reason to refuse what somebody knows. A NUL is: only programs send it.
    """

    widget = forms.Textarea
    default_validators: Any = []

    def to_python(self, value: Any) -> str:
        validate_no_nul(value or "")
        return folded(super().to_python(value) or "")


class ContributionForm(forms.Form):
    text = TypedText(
        label=_("What do you know?"),
        help_text=_("A memory, a date, something that is wrong. Please name nobody else: the record names no one."),
        min_length=SHORTEST_TEXT,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"autocomplete": "off", "rows": 8}),
        error_messages={
            "required": _("Write what you know."),
            "min_length": _("Write a little more: at least %(limit_value)d signs."),
            "max_length": _(
                "The text has %(show_value)d signs; %(limit_value)d can be sent. Send the rest in a second form."
            ),
        },
    )
    known_how = forms.ChoiceField(
        label=_("How do you know it?"),
        help_text=_("You may skip this."),
        choices=Contribution.KnownHow.choices,
        required=False,
        widget=forms.RadioSelect,
    )
    when_text = CharFormField(
        label=_("When was it?"),
        help_text=_("“Autumn 2011” or “2012 or 2013” is fine."),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    what = forms.ChoiceField(
        label=_("What is it about?"), choices=Contribution.What.choices, required=False, widget=forms.RadioSelect
    )
    email = AddressField(
        label=_("E-mail, if you want an answer by letter"),
        help_text=_("Without it you get a private link."),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )
    p_note = forms.CharField(required=False, widget=forms.TextInput)

    def __init__(self, *arguments: Any, **named: Any):
        super().__init__(*arguments, **named)
        if not can_send_letters():
            # Nobody is asked for an address that no letter can go to.
            del self.fields["email"]

    def fields_to_sign(self, model_name: str, code: str) -> dict[str, str]:
        """What the check page shows and signs. Ask of a form that is valid."""
        return {"email": "", **self.cleaned_data, "model_name": model_name, "code": code}

    @property
    def is_filled_trap(self) -> bool:
        """A field that is missing was left out by a program that never saw the page."""
        return TRAP not in self.data or bool(self.data[TRAP])


class MessageForm(forms.Form):
    text = TypedText(
        label=_("A message to the staff"),
        max_length=2000,
        widget=forms.Textarea(attrs={"autocomplete": "off", "rows": 4}),
        error_messages={"required": _("Write something first.")},
    )
