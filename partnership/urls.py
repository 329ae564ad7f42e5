"""All URLs: the public ones, and those of staff, whose forms are loaded here (``PublicUrlsMiddleware``)."""

from django.contrib import admin
from django.urls import path

from . import public_urls
from .opendata import views as data

admin.autodiscover()

urlpatterns = [
    path("admin/iati.xml", admin.site.admin_view(data.iati_preview), name="iati-preview"),
    path("admin/", admin.site.urls),
    *public_urls.urlpatterns,
]

handler400 = public_urls.handler400
handler403 = public_urls.handler403
handler404 = public_urls.handler404
handler500 = public_urls.handler500
