"""Every address of the site, app by app. Each one is listed with its roles in tests/house/addresses.py."""

from django.urls import include, path

from cases.web.api_docs import api_docs
from config.api import api

handler400 = "cases.web.errors.bad_request"
handler403 = "cases.web.errors.forbidden"
handler404 = "cases.web.errors.not_found"
handler500 = "cases.web.errors.failed"

urlpatterns = [
    path("account/", include("cases.web.account_urls")),
    path("api/v1/docs", api_docs, name="api_docs"),
    path("api/v1/", api.urls),
    path("", include("cases.custody.web.lot_urls")),
    path("", include("regulatory.web.urls")),
    path("", include("pharmacovigilance.web.urls")),
    path("", include("cases.web.urls")),
]
