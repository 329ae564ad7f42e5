"""The forms of followers: to begin, and to change what one gets."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ..fields.email_addresses import AddressField
from ..models import Follower

TRAP = "p_note"


class FollowForm(forms.Form):
    email = AddressField(
        label=_("E-mail"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={"required": _("Write an address with an @, such as name@example.org")},
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, widget=forms.RadioSelect)
    rhythm = forms.ChoiceField(
        label=_("How often"),
        choices=Follower.Rhythm.choices,
        initial=Follower.Rhythm.MONTHLY,
        widget=forms.RadioSelect,
    )
    newsletter = forms.BooleanField(label=_("Also the newsletter, some four times a year"), required=False)
    p_note = forms.CharField(required=False)

    @property
    def is_filled_trap(self) -> bool:
        return TRAP not in self.data or bool(self.data[TRAP])


class ManageForm(forms.ModelForm):
    class Meta:
        model = Follower
        fields = ("language", "rhythm")
        widgets = {"language": forms.RadioSelect, "rhythm": forms.RadioSelect}

    def __init__(self, *arguments: Any, topics: list[tuple[str, str]], **named: Any):
        super().__init__(*arguments, **named)
        self.fields["topics"] = forms.MultipleChoiceField(
            label=_("What you follow"),
            choices=topics,
            initial=[value for value, _label in topics],
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )
