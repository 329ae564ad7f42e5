"""The public URLs: nouns in the language of the page; the table in docs/design.md is binding."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path, re_path
from django.utils.translation import gettext_lazy as _

from . import feeds, views
from .award import views as jury
from .contributions import views as contributions
from .following import newsletters
from .following import views as following
from .opendata import views as data
from .telling import pictures, press, questions, stories
from .web.cross_origin import readable_everywhere
from .web.parameters import reads

urlpatterns = [
    path("", views.choose_language, name="root"),
    path("id/<slug:kind>/<slug:code>", data.by_code, name="id"),
    path("id/<slug:kind>/<slug:code>.<slug:suffix>", data.by_code_in_form, name="id-data"),
    path("data/datapackage.json", data.datapackage, name="datapackage"),
    path("data/record.zip", data.newest_archive, name="data-newest-archive"),
    path("data/record.xlsx", data.whole_workbook, name="data-workbook"),
    path("data/record-<str:version>.zip", data.archive, name="data-archive"),
    path("data/versions.json", data.versions, name="data-versions"),
    path("data/openapi.json", data.openapi_file, name="data-openapi"),
    path("data/catalog", data.catalogue_part, name="data-catalogue-name"),
    path("data/dataset", data.catalogue_part, name="data-set-name"),
    path("data/distribution/<slug:name>", data.catalogue_part, name="data-distribution-name"),
    path("data/catalog.<slug:suffix>", data.catalogue_file, name="data-catalogue"),
    path("data/iati.xml", data.iati_file, name="iati"),
    re_path(r"^data/changes\.(?P<suffix>csv|json)$", data.changes, name="data-changes"),
    re_path(r"^data/sources\.(?P<suffix>bib|ris|csl)$", data.all_sources, name="data-sources-cited"),
    path("data/<slug:name>.<slug:suffix>", data.table, name="data-table"),
    path("data/<path:path>", data.unknown, name="data-unknown"),
    path("sitemap.xml", sitemap, {"sitemaps": feeds.SITEMAPS}, name="django.contrib.sitemaps.views.sitemap"),
    path("robots.txt", feeds.robots, name="robots"),
    path(".well-known/security.txt", feeds.security, name="security"),
    path("u/<str:key>", following.leave, name="leave"),
    path("e/<int:key>", jury.edition_by_key, name="edition-short"),
    path("media/photos/<slug:slug>/<int:width>.<slug:suffix>", views.photo_file, name="photo"),
    path("media/documents/<slug:slug>/", views.document_file, name="document"),
    *i18n_patterns(
        path("", views.home, name="home"),
        # The most frequent first: a path is matched against these in order.
        path(_("projects/"), include("projects.urls")),
        path(_("visits/"), include("visits.urls")),
        path(_("themes/"), include("projects.theme_urls")),
        path(_("partners/"), views.partner_list, name="partners"),
        path(_("partners/<slug:slug>/"), views.partner_detail, name="partner"),
        path("card.png", views.home_card, name="card"),
        path("feed.atom", reads("page")(readable_everywhere(feeds.Changes())), name="feed"),
        path(_("visits.ics"), feeds.visits_calendar, name="calendar"),
        path(_("projects.<slug:suffix>"), data.projects, name="projects-data"),
        path(_("projects/<slug:slug>.<slug:suffix>"), data.project, name="project-data"),
        path(_("visits.<slug:suffix>"), data.visits, name="visits-data"),
        path(_("visits/<slug:slug>.<slug:suffix>"), data.visit, name="visit-data"),
        path(_("themes.<slug:suffix>"), data.themes, name="themes-data"),
        path(_("themes/<slug:slug>.<slug:suffix>"), data.theme, name="theme-data"),
        path(_("partners.<slug:suffix>"), data.partners, name="partners-data"),
        path(_("partners/<slug:slug>.<slug:suffix>"), data.partner, name="partner-data"),
        path(_("history.<slug:suffix>"), data.history, name="history-data"),
        path(_("claims.<slug:suffix>"), data.claims, name="claims-data"),
        path(_("sources.<slug:suffix>"), data.sources, name="sources-data"),
        path(_("sources/<slug:slug>.<slug:suffix>"), data.source, name="source-data"),
        path(_("history/"), views.history, name="history"),
        path(_("claims/"), views.claim_list, name="claims"),
        path(_("dossier/"), jury.latest, name="dossiers"),
        path(_("dossier/<slug:slug>/"), jury.dossier_detail, name="dossier"),
        path(_("dossier/<slug:slug>.pdf"), jury.dossier_pdf, name="dossier-pdf"),
        path(_("dossier/<slug:slug>/criteria/"), jury.criteria_lens, name="criteria"),
        path(_("dossier/<slug:slug>/<int:number>/"), jury.edition_detail, name="edition"),
        path(_("dossier/<slug:slug>/<int:number>/criteria/"), jury.edition_criteria, name="edition-criteria"),
        path(_("dossier/<slug:slug>/<int:number>/pack.zip"), jury.edition_pack, name="edition-pack"),
        path(_("dossier/<slug:slug>/<int:number>/differences/"), jury.edition_differences, name="differences"),
        path(
            _("dossier/<slug:slug>/<int:number>/differences/<int:other>/"),
            jury.edition_differences,
            name="differences-between",
        ),
        path(
            _("dossier/<slug:slug>/<int:number>/differences.json"),
            jury.edition_differences_data,
            name="differences-data",
        ),
        path(
            _("dossier/<slug:slug>/<int:number>/differences/<int:other>.json"),
            jury.edition_differences_data,
            name="differences-between-data",
        ),
        path(_("dossier/<slug:slug>/<int:number>/<str:name>"), jury.edition_file, name="edition-file"),
        path(_("private/<str:token>/"), jury.private, name="private"),
        path(_("private/<str:token>/dossier.pdf"), jury.private, {"name": "dossier.pdf"}, name="private-pdf"),
        path(_("memorandum/"), views.memorandum, name="memorandum"),
        path(_("sources/"), views.source_list, name="sources"),
        path(_("where-we-looked/"), views.where_we_looked, name="searches"),
        path(_("sources/<slug:slug>/"), views.source_detail, name="source"),
        path(_("search/"), views.search_page, name="search"),
        path(_("changes/"), views.changes, name="changes"),
        path(_("changes/feed.atom"), reads("page")(readable_everywhere(feeds.Log())), name="changes-feed"),
        path(_("data/"), data.about_data, name="data"),
        path(_("data/using/"), data.using_data, name="data-using"),
        path(_("contribute/"), views.contribute, name="contribute"),
        path(_("contribute/send/"), contributions.contribute_form, name="contribute-send"),
        path(_("contribute/send/<slug:kind>/<slug:code>/"), contributions.contribute_form, name="contribute-about"),
        path(_("contribute/yours/<str:key>/"), contributions.contribution, name="contribution"),
        path(_("contribute/yours/<str:key>/files/"), contributions.contribution_files, name="contribution-files"),
        path(_("contribute/yours/<str:key>/forget/"), contributions.contribution_forget, name="contribution-forget"),
        path(_("follow/"), following.follow, name="follow"),
        path(_("follow/sent/"), following.follow_sent, name="follow-sent"),
        path(_("follow/confirm/<str:key>/"), following.follow_confirm, name="follow-confirm"),
        path(_("follow/yours/<str:key>/"), following.follower, name="follower"),
        path(_("follow/<slug:kind>/<slug:code>/"), following.follow, name="follow-about"),
        path(_("newsletter/"), newsletters.newsletter_list, name="newsletters"),
        path(
            _("newsletter/feed.atom"), reads("page")(readable_everywhere(feeds.Newsletters())), name="newsletters-feed"
        ),
        path(_("newsletter/<slug:slug>/"), newsletters.newsletter_detail, name="newsletter"),
        path(_("about/"), views.about, name="about"),
        path(_("questions/"), questions.questions, name="questions"),
        path(_("questions/<slug:code>/"), questions.questions_in, name="questions-in"),
        path(_("press/"), press.press, name="press"),
        path(_("stories/"), stories.story_list, name="stories"),
        path(_("stories/<slug:slug>/"), stories.story_detail, name="story"),
        path(_("pictures/"), pictures.picture_list, name="pictures"),
        path(_("pictures/projects/"), pictures.picture, {"name": "projects"}, name="picture-projects"),
        path(_("pictures/visits/"), pictures.picture, {"name": "visits"}, name="picture-visits"),
        path(_("pictures/balance/"), pictures.picture, {"name": "balance"}, name="picture-balance"),
        path(_("pictures/themes/"), pictures.picture, {"name": "themes"}, name="picture-themes"),
        path(_("pictures/delegates/"), pictures.picture, {"name": "delegates"}, name="picture-delegates"),
        path(_("pictures/history/"), pictures.picture, {"name": "history"}, name="picture-history"),
        path(_("pictures/map/"), pictures.picture, {"name": "map"}, name="picture-map"),
        path(_("pictures/projects.svg"), pictures.picture_file, {"name": "projects"}, name="picture-projects-svg"),
        path(_("pictures/visits.svg"), pictures.picture_file, {"name": "visits"}, name="picture-visits-svg"),
        path(_("pictures/balance.svg"), pictures.picture_file, {"name": "balance"}, name="picture-balance-svg"),
        path(_("pictures/themes.svg"), pictures.picture_file, {"name": "themes"}, name="picture-themes-svg"),
        path(_("pictures/delegates.svg"), pictures.picture_file, {"name": "delegates"}, name="picture-delegates-svg"),
        path(_("pictures/history.svg"), pictures.picture_file, {"name": "history"}, name="picture-history-svg"),
        path(_("pictures/map.svg"), pictures.picture_file, {"name": "map"}, name="picture-map-svg"),
        path(_("accessibility/"), views.accessibility, name="accessibility"),
        path(_("privacy/"), views.privacy, name="privacy"),
    ),
]

handler400 = "partnership.web.error_pages.bad_request"
handler403 = "partnership.web.error_pages.forbidden"
handler404 = "partnership.views.not_found"
handler500 = "partnership.web.error_pages.server_error"
