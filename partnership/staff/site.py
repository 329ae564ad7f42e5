"""The admin site: access, sign-in, and the end of a session."""

from __future__ import annotations

import time
from functools import update_wrapper
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.i18n import set_language

from ..publishing import Record
from ..release import VERSION
from ..signin import second_factor, security_log, views
from ..signin.forms import SignInForm
from ..signin.sessions import seconds_to_end
from ..web.held_forms import HeldForm, forget
from ..web.middleware import has_session_row
from ..web.rate_limits import sign_in_rate_limited
from . import dashboard, discarded, find, form_drafts, form_photographs, handbook, papers, queue, reading, review
from .autocomplete import RecordAutocompleteView

#: The kinds of record that can be added from every page.
ADDED_OFTEN = ("visit", "project", "source", "photo", "document")
_EXPIRY = "ends"
#: Seconds; requests renew the session, but not each of them writes it.
_RENEW_AFTER = 5 * 60


def renew(request: HttpRequest) -> None:
    """The session lasts ``SESSION_COOKIE_AGE`` from now."""
    request.session[_EXPIRY] = int(time.time()) + settings.SESSION_COOKIE_AGE


def seconds_left(request: HttpRequest) -> int:
    return max(0, min(request.session.get(_EXPIRY, 0) - int(time.time()), seconds_to_end(request)))


def _waiting_in_words(count: int) -> str:
    if not count:
        return _("Nothing waits for you")
    return ngettext("One thing waits for you", "%(count)s things wait for you", count) % {"count": count}


class RecordOffice(admin.AdminSite):
    site_header = site_title = gettext_lazy("The record office")
    index_title = gettext_lazy("Records")
    enable_nav_sidebar = False
    login_form = SignInForm

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and second_factor.is_satisfied_by(request)

    def get_urls(self):
        return [
            path("forgotten/", views.forgotten, name="forgotten"),
            path("forgotten/sent/", views.forgotten_sent, name="forgotten_sent"),
            path("password/<uidb64>/<token>/", views.SetPassword.as_view(), name="set_password"),
            path("code/", views.code, name="code"),
            path("device/", views.device, name="device"),
            path("account/", self.admin_view(views.account), name="account"),
            path("passkey/", self.admin_view(views.passkey), name="passkey"),
            path("passkey/<int:pk>/", self.admin_view(views.passkey), name="passkey_remove"),
            path("session/", never_cache(self.session), name="session"),
            path("typed/", self.admin_view(views.typed), name="typed"),
            path("keep/", self.admin_view(form_drafts.keep), name="keep"),
            path("held/<slug:key>/", self.admin_view(form_photographs.held_view), name="held_photograph"),
            path("language/", self.admin_view(set_language), name="language"),
            path("read/", self.admin_view(reading.reading), name="read"),
            path("find/", self.admin_view(find.find), name="find"),
            path("review/", self.admin_view(review.list_view), name="review"),
            path("review/proposal/<int:pk>/", self.admin_view(review.proposal_view), name="review_proposal"),
            path("review/<slug:kind>/<int:pk>/", self.admin_view(review.item_view), name="review_item"),
            path("papers/", self.admin_view(papers.papers), name="papers"),
            path("bin/", self.admin_view(discarded.bin_view), name="bin"),
            path("bin/<slug:kind>/<int:pk>/", self.admin_view(discarded.bring_back_view), name="bring_back"),
            path("handbook/", self.admin_view(handbook.contents), name="handbook"),
            path("handbook/<slug:name>/", self.admin_view(handbook.page), name="handbook_page"),
            *super().get_urls(),
        ]

    def admin_view(self, view, cacheable=False):
        """Also renews the session, and holds a form that was posted after its end."""
        protected_view = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if self.has_permission(request):
                if seconds_left(request) < settings.SESSION_COOKIE_AGE - _RENEW_AFTER:
                    renew(request)
            elif request.method == "POST" and (held_form := HeldForm.from_request(request)) and held_form.owner:
                return self.sign_in_again(request, held_form)
            try:
                response = protected_view(request, *args, **kwargs)
            except PermissionDenied:
                route = request.resolver_match.view_name if request.resolver_match else ""
                security_log.note(security_log.What.REFUSED, request=request, detail=f"{request.method} {route}")
                raise
            if request.method == "POST" and response.status_code < 500:
                forget(request)
            return response

        # Copies the marks of Django’s view, such as csrf_exempt.
        return update_wrapper(inner, protected_view)

    @method_decorator(never_cache)
    def sign_in_again(self, request: HttpRequest, held_form: HeldForm) -> HttpResponse:
        """The response to a form whose session has ended (see ``partnership.web.held_forms``)."""
        if request.user.is_authenticated:
            if held_form.is_of(request.user):
                held_form.save(request)
            return redirect_to_login(reverse("admin:typed"), second_factor.next_step(request))
        if has_session_row(request):
            # The sign-in form contains the held form, and may be as long.
            request.session["returns"] = True
        context = {
            **self.each_context(request),
            "title": _("Sign in"),
            "form": self.login_form(request),
            "app_path": reverse("admin:login"),
            "next": held_form.url,
            "held_form": held_form,
        }
        return TemplateResponse(request, "admin/login.html", context)

    @method_decorator(never_cache)
    @method_decorator(sign_in_rate_limited)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        held_form = HeldForm.from_signed(request.POST.get("typed", ""))
        if request.method != "POST" and super().has_permission(request) and not self.has_permission(request):
            next_url = request.GET.get("next", reverse("admin:index"))
            return redirect_to_login(next_url, second_factor.next_step(request))
        response = super().login(request, {"title": _("Sign in"), "held_form": held_form, **(extra_context or {})})
        if held_form and response.status_code == 302 and not held_form.is_of(request.user):
            messages.warning(request, _("A form of a colleague was left open here. It is not shown to you, nor saved."))
        elif held_form and response.status_code == 302:
            held_form.save(request)
            response["Location"] = reverse("admin:typed")
        return response

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Shows the dashboard to those who may view any kind of record."""
        models = [
            model
            for model, model_admin in self._registry.items()
            if issubclass(model, Record) and model_admin.has_view_permission(request)
        ]
        context: dict[str, Any] = {"is_start": True}
        if models:
            context |= dashboard.dashboard_context(request, models)
            context["title"] = _waiting_in_words(context["waiting_count"] or len(context["mine"]))
        return super().index(request, {**context, **(extra_context or {})})

    def autocomplete_view(self, request: HttpRequest) -> Any:
        view: Any = RecordAutocompleteView.as_view(admin_site=self)
        return view(request)

    def session(self, request: HttpRequest) -> HttpResponse:
        """The seconds left in the session, for the notice of session.js; a POST renews it first."""
        if not self.has_permission(request):
            return JsonResponse({"seconds": 0})
        if request.method == "POST":
            renew(request)
        return JsonResponse({"seconds": seconds_left(request)})

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        if context["has_permission"]:
            context |= {
                "version": VERSION,
                "session_seconds": seconds_left(request),
                "second_factor": settings.SECOND_FACTOR,
            }
            context |= {"desk_nav": self.desk_nav(request), "desk_adds": self.desk_adds(request)}
        return context

    def desk_nav(self, request: HttpRequest) -> list[dict[str, str]]:
        """The pages of the desk that this person has use for."""
        pages = [(_("Start"), reverse("admin:index"))]
        if queue.publishable_models(request):
            pages.append((_("Review"), reverse("admin:review")))
        if request.user.has_perm("partnership.view_contribution"):
            pages.append((_("Sent in"), reverse("admin:partnership_contribution_changelist")))
        pages += [
            (_("Records"), f"{reverse('admin:index')}#records"),
            (_("The bin"), reverse("admin:bin")),
            (_("Handbook"), reverse("admin:handbook")),
        ]
        return [{"label": label, "url": url} for label, url in pages]

    def desk_adds(self, request: HttpRequest) -> list[dict[str, str]]:
        """The forms for new records that are asked for most."""
        forms = {str(model._meta.model_name): form for model, form in self._registry.items()}
        names = [name for name in ADDED_OFTEN if name in forms and forms[name].has_add_permission(request)]
        adds = [
            {
                "label": capfirst(str(forms[name].opts.verbose_name)),
                "url": reverse(f"admin:{forms[name].opts.app_label}_{name}_add"),
            }
            for name in names
        ]
        if papers.may_take_in(request.user):
            adds.append({"label": _("A binder of paper"), "url": reverse("admin:papers")})
        return adds
