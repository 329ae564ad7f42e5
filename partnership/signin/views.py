"""Views of the sign-in: forgotten password, second factor, and the form held from an ended session."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import site
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, PasswordResetConfirmView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django_otp import login as remember_device
from django_otp import user_has_device

from ..models import Passkey, User
from ..web.held_forms import HeldForm
from ..web.rate_limits import sign_in_rate_limited
from . import passkeys, second_factor, security_log, sessions
from .accounts import AnswerThenQueue, who_asks
from .forms import CodeForm, ForgottenForm, NewDeviceForm, NewPasskeyForm, OwnerForm

_PASSKEY_FAILED = gettext_lazy(
    "The passkey did not answer, or is of another site. Nothing was changed; please try again."
)


def next_url(request: HttpRequest) -> str:
    """The ``next`` URL if it is on this site, otherwise that of the dashboard."""
    url = request.POST.get("next", request.GET.get("next", ""))
    is_safe = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if is_safe else reverse("admin:index")


def _render(request: HttpRequest, name: str, title: str, **context: Any) -> HttpResponse:
    return render(request, f"registration/{name}.html", {"title": title, **context})


@never_cache
@sign_in_rate_limited
def forgotten(request: HttpRequest) -> HttpResponse:
    """Asks for an e-mail address. The response does not reveal whether there is an account."""
    form = ForgottenForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        return AnswerThenQueue(reverse("admin:forgotten_sent"), who_asks(form.cleaned_data["email"]))
    return _render(request, "forgotten", _("Forgotten password"), form=form)


@never_cache
def forgotten_sent(request: HttpRequest) -> HttpResponse:
    return _render(request, "forgotten_sent", _("Look in your mailbox"))


class SetPassword(PasswordResetConfirmView):
    """The page behind the link in the e-mail. It signs nobody in: a second factor may be required."""

    template_name = "registration/set_password.html"
    title = gettext_lazy("Set your password")
    success_url = reverse_lazy("admin:login")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"label_suffix": ""}

    def form_valid(self, form):
        with transaction.atomic():
            # Of several that come at once, the first takes the link.
            user = User.objects.select_for_update().get(pk=form.user.pk)
            token = self.request.session.get(INTERNAL_RESET_SESSION_TOKEN)
            if not self.token_generator.check_token(user, token):
                self.validlink = False
                return self.render_to_response(self.get_context_data())
            response = super().form_valid(form)
        security_log.note(security_log.What.PASSWORD, user=form.user, request=self.request)
        messages.success(self.request, _("Your password is set. Sign in with it now."))
        return response


@never_cache
@sign_in_rate_limited
@sensitive_post_parameters("code")
@login_required
def code(request: HttpRequest) -> HttpResponse:
    """Asks for the second factor after name and password."""
    user: Any = request.user
    if not user_has_device(user):
        return HttpResponseRedirect(reverse("admin:index"))
    answer = request.POST.get("credential", "")
    form = CodeForm(user, None if answer else request.POST or None)
    if answer and (passkey := passkeys.verified_by(request, user, answer)):
        form.device = passkey
    if form.device or (request.method == "POST" and form.is_valid()):
        _set_verified(request, form.device)
        return HttpResponseRedirect(next_url(request))
    if answer:
        security_log.note(security_log.What.FAILED, request=request)
        messages.error(request, _PASSKEY_FAILED)
    options = passkeys.options_to_sign_in(request, user)
    return _render(request, "code", _("Code from your telephone"), form=form, next=next_url(request), options=options)


@never_cache
@sign_in_rate_limited
@sensitive_post_parameters("code", "current", "password")
@login_required
def device(request: HttpRequest) -> HttpResponse:
    """Sets up a telephone. A user who has one gives a code from it first."""
    user: Any = request.user
    if user_has_device(user) and not user.is_verified():
        return HttpResponseRedirect(reverse("admin:code"))
    new_device = second_factor.unconfirmed_device(user)
    form = NewDeviceForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        _set_verified(request, form.device)
        codes = second_factor.new_recovery_codes(user)
        security_log.note(security_log.What.FACTOR, request=request)
        return _render(request, "recovery_codes", _("Your recovery codes"), codes=codes, next=next_url(request))
    return _render(
        request,
        "device",
        _("Set up your telephone"),
        form=form,
        secret=second_factor.secret_text(new_device),
        picture=second_factor.qr_code(new_device),
        next=next_url(request),
    )


@sensitive_post_parameters("current", "password")
def passkey(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Adds a passkey, or takes the own one with that number away. Who has no telephone yet sets that up first."""
    user: Any = request.user
    former = get_object_or_404(Passkey, pk=pk, user=user) if pk else None
    if not user_has_device(user):
        return HttpResponseRedirect(reverse("admin:device"))
    form = (OwnerForm if former else NewPasskeyForm)(user, request.POST or None)
    if request.method == "POST":
        answer = request.POST.get("credential", "")
        if not former and answer in ("", "none"):
            form.add_error(None, _PASSKEY_FAILED)
        elif form.is_valid():
            if former:
                former.delete()
                messages.success(request, _("The passkey is taken away."))
            elif passkeys.add(request, user, form.cleaned_data["name"], answer):
                messages.success(request, _("The passkey is set up. At the next sign-in it can stand for the code."))
            else:
                form.add_error(None, _PASSKEY_FAILED)
        if not form.errors:
            security_log.note(security_log.What.FACTOR, request=request)
            return HttpResponseRedirect(reverse("admin:account"))
    title = _("Take a passkey away") if former else _("Set up a passkey")
    options = "" if former else passkeys.options_to_add(request, user)
    return _render(request, "passkey", title, form=form, former=former, options=options, **site.each_context(request))


def account(request: HttpRequest) -> HttpResponse:
    """What somebody signs in with, and where they are signed in."""
    if request.method == "POST":
        if sessions.end(request, request.POST.get("end", "")):
            security_log.note(security_log.What.ENDED, request=request, detail=str(request.user))
            messages.success(request, _("That session is ended."))
        return HttpResponseRedirect(reverse("admin:account"))
    return _render(
        request,
        "account",
        _("Your sign-in"),
        sessions=sessions.open_sessions(request),
        passkeys=Passkey.objects.filter(user=request.user),
        **site.each_context(request),
    )


def _set_verified(request: HttpRequest, device: Any) -> None:
    remember_device(request, device)
    # The session has gained rights, so its key changes (session fixation).
    request.session.cycle_key()


def typed(request: HttpRequest) -> HttpResponse:
    """Shows the form held from before the session ended, for posting it again."""
    held_form = HeldForm.from_session(request)
    if held_form is None:
        return HttpResponseRedirect(reverse("admin:index"))
    return _render(request, "typed", _("What you typed is still here"), held_form=held_form)
