"""The site map. Public addresses are nouns in the page’s language; DESIGN’s table of them is binding."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from . import views

urlpatterns = [
    path("", views.choose_language, name="root"),
    path("admin/", admin.site.urls),
    path("media/photos/<slug:slug>/<int:width>.<slug:suffix>", views.photo_file, name="photo"),
    path("media/documents/<slug:slug>/", views.document_file, name="document"),
    *i18n_patterns(
        path("", views.home, name="home"),
        path("card.png", views.home_card, name="card"),
        path(_("projects/"), include("projects.urls")),
        path(_("themes/"), include("projects.theme_urls")),
        path(_("visits/"), include("visits.urls")),
        path(_("partners/"), views.partner_list, name="partners"),
        path(_("partners/<slug:slug>/"), views.partner_detail, name="partner"),
        path(_("history/"), views.history, name="history"),
        path(_("claims/"), views.claim_list, name="claims"),
        path(_("sources/"), views.source_list, name="sources"),
        path(_("sources/<slug:slug>/"), views.source_detail, name="source"),
        path(_("about/"), views.about, name="about"),
        path(_("accessibility/"), views.accessibility, name="accessibility"),
        path(_("privacy/"), views.privacy, name="privacy"),
    ),
]

handler404 = "partnership.views.not_found"
handler500 = "partnership.views.server_error"
