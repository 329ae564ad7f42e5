"""Forms of the sign-in. Autocomplete attributes tell browsers and password managers what each field is."""

from __future__ import annotations

from datetime import datetime
from math import ceil
from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_otp import user_has_device

from ..models import ROLES, User
from . import lockout, second_factor


class SignInForm(AdminAuthenticationForm):
    """User name and password. The error does not reveal whether the name exists."""

    request: HttpRequest

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.fields["username"].label = _("User name or e-mail address")

    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": _("The user name and the password do not belong together. Please try again."),
    }

    def get_invalid_login_error(self) -> ValidationError:
        if not getattr(self.request, "axes_locked_out", False):
            return super().get_invalid_login_error()
        seconds = lockout.remaining_wait_of(self.request, self.cleaned_data["username"]).total_seconds()
        minutes = max(1, ceil(seconds / 60))
        message = ngettext(
            "There have been too many attempts with this name from here. Wait %(minutes)s minute and try again, "
            "or ask an administrator to unlock it.",
            "There have been too many attempts with this name from here. Wait %(minutes)s minutes and try again, "
            "or ask an administrator to unlock it.",
            minutes,
        )
        return ValidationError(message % {"minutes": minutes}, code="too_often")


class ForgottenForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )


class UserForm(forms.Form):
    def __init__(self, user: User, *args: Any, **kwargs: Any):
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.user = user


class CodeForm(UserForm):
    """A code from the authenticator app, or a recovery code. Spaces and hyphens are ignored."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )

    device: Any = None

    def clean_code(self) -> str:
        code = "".join(self.cleaned_data["code"].replace("-", " ").split()).lower()
        device = self.find_device(code)
        allowed, reason = device.verify_is_allowed() if device else (True, {})
        if not allowed:
            raise ValidationError(_wait_message(reason["locked_until"]), code="too_often")
        if device is None or not self.verify(device, code):
            raise ValidationError(_("This code is wrong or has been used already. Please try the next one."))
        self.device = device
        return code

    def find_device(self, code: str) -> Any:
        return second_factor.device_for(self.user, code)

    def verify(self, device: Any, code: str) -> bool:
        return second_factor.verify(self.user, device, code)


class OwnerForm(UserForm):
    """Password and a code: a session alone, at a machine that was left, changes no second factor."""

    password = forms.CharField(
        label=_("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True})
    )
    current = forms.CharField(
        label=_("Code from your telephone of today, or a recovery code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise ValidationError(_("This is not your password."))
        return password

    def clean_current(self) -> str:
        if self.errors:
            return ""
        other = CodeForm(self.user, {"code": self.cleaned_data["current"]})
        if not other.is_valid():
            raise ValidationError(other.errors.as_data()["code"])
        return self.cleaned_data["current"]


class NewPasskeyForm(OwnerForm):
    """What the owner calls a new key. The browser’s answer comes with it, in a field that a script fills."""

    name = forms.CharField(
        label=_("What you call the key"), max_length=64, help_text=_("For example: blue key, work computer.")
    )
    field_order = ("name", "password", "current")


class NewDeviceForm(CodeForm, OwnerForm):
    """The first code from a device that is being set up. Who has one already gives the password and a code of it."""

    field_order = ("password", "current", "code")

    def __init__(self, user: User, *args: Any, **kwargs: Any):
        super().__init__(user, *args, **kwargs)
        if user_has_device(user):
            self.fields["code"].label = _("Code from the new telephone")
            del self.fields["code"].widget.attrs["autofocus"]
        else:
            del self.fields["password"], self.fields["current"]

    def clean_code(self) -> str:
        # The device changes only when all else is right.
        return "" if self.errors else super().clean_code()

    def find_device(self, code: str) -> Any:
        return second_factor.unconfirmed_device(self.user)

    def verify(self, device: Any, code: str) -> bool:
        return second_factor.confirm(device, code)


def _wait_message(until: datetime) -> str:
    seconds = max(1, ceil((until - timezone.now()).total_seconds()))
    message = ngettext(
        "There have been wrong codes. Wait %(seconds)s second and try again.",
        "There have been wrong codes. Wait %(seconds)s seconds and try again.",
        seconds,
    )
    return message % {"seconds": seconds}


class RoleField(forms.ModelChoiceField):
    def label_from_instance(self, group: Group) -> str:
        return str(ROLES.get(group.name, group.name))


class StaffForm(forms.ModelForm):
    """A member of staff, without any password field."""

    role = RoleField(
        Group.objects.filter(name__in=ROLES).order_by("pk"),
        label=_("Role"),
        widget=forms.RadioSelect,
        empty_label=None,
        help_text=_(
            "Editors write drafts. Publishers also change what the public sees. Administrators also look after staff."
        ),
    )

    class Meta:
        model = User
        fields = ["username", "email", "partner", "is_active"]
        help_texts = {
            "email": _("The link to set a password goes there."),
            "is_active": _("Take the mark away when somebody leaves. What they have written stays."),
        }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        # A superuser comes from the command line, possibly without partner and role.
        required = {"email"} if self.instance.is_superuser else {"email", "partner", "role"}
        for name in {"email", "partner", "role"} & set(self.fields):
            self.fields[name].required = name in required
        if self.instance.pk:
            self.initial["role"] = self.instance.role

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()

    def _save_m2m(self) -> None:
        super()._save_m2m()  # type: ignore[misc]
        if "role" in self.cleaned_data:
            self.instance.groups.set(filter(None, [self.cleaned_data["role"]]))
