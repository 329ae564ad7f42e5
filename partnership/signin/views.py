"""The pages on the way in: a forgotten password, the code from the telephone, and what was typed before."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django_otp import login as remember_device
from django_otp import user_has_device

from ..web.held_forms import HeldForm
from ..web.rate_limits import sign_in_rate_limited
from . import second_factor
from .accounts import AnswerThenSend, who_asks
from .forms import CodeForm, ForgottenForm, NewDeviceForm


def wanted_page(request: HttpRequest) -> str:
    """Where somebody wanted to go before being asked to sign in; only ever on this site."""
    wanted = request.POST.get("next", request.GET.get("next", ""))
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else reverse("admin:index")


def page(request: HttpRequest, name: str, title: str, **context: Any) -> HttpResponse:
    """A page outside the record office, in its colours."""
    return render(request, f"registration/{name}.html", {"title": title, **context})


@never_cache
@sign_in_rate_limited
def forgotten(request: HttpRequest) -> HttpResponse:
    """Asks where to send a link. The answer is the same whether or not there is such an account."""
    form = ForgottenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return AnswerThenSend(reverse("admin:forgotten_sent"), who_asks(form.cleaned_data["email"]))
    return page(request, "forgotten", _("Forgotten password"), form=form)


@never_cache
def forgotten_sent(request: HttpRequest) -> HttpResponse:
    return page(request, "forgotten_sent", _("Look in your mailbox"))


class SetPassword(PasswordResetConfirmView):
    """The end of the link in a letter. It signs nobody in: a second factor is still asked for after it."""

    template_name = "registration/set_password.html"
    title = gettext_lazy("Set your password")
    success_url = reverse_lazy("admin:login")

    def form_valid(self, form):
        messages.success(self.request, _("Your password is set. Sign in with it now."))
        return super().form_valid(form)


@never_cache
@sign_in_rate_limited
@sensitive_post_parameters("code")
@login_required
def code(request: HttpRequest) -> HttpResponse:
    """Asks for the second factor after name and password."""
    user: Any = request.user
    if not user_has_device(user):
        return HttpResponseRedirect(reverse("admin:index"))
    form = CodeForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        _verified_by(request, form.device)
        return HttpResponseRedirect(wanted_page(request))
    return page(request, "code", _("Code from your telephone"), form=form, next=wanted_page(request))


@never_cache
@sensitive_post_parameters("code")
@login_required
def device(request: HttpRequest) -> HttpResponse:
    """Sets up a telephone. Whoever has one already shows a code from it first."""
    user: Any = request.user
    if user_has_device(user) and not user.is_verified():
        return HttpResponseRedirect(reverse("admin:code"))
    new = second_factor.unconfirmed_device(user)
    form = NewDeviceForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        _verified_by(request, form.device)
        codes = second_factor.new_recovery_codes(user)
        return page(request, "recovery_codes", _("Your recovery codes"), codes=codes, next=wanted_page(request))
    return page(
        request,
        "device",
        _("Set up your telephone"),
        form=form,
        secret=second_factor.secret_of(new),
        picture=second_factor.picture_of(new),
        next=wanted_page(request),
    )


def _verified_by(request: HttpRequest, device: Any) -> None:
    remember_device(request, device)
    # What the session may do has changed, and so does its key.
    request.session.cycle_key()


def typed(request: HttpRequest) -> HttpResponse:
    """What was typed before the session ended, ready to be posted again to where it was for."""
    held_form = HeldForm.from_session(request)
    if held_form is None:
        return HttpResponseRedirect(reverse("admin:index"))
    return page(request, "typed", _("What you typed is still here"), held_form=held_form)
