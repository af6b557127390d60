"""Addresses for the browser tests of the look: the gallery, signing in and each error, no page of the product."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path
from django.views.generic import RedirectView

from cases.web import errors
from cases.web.gallery import gallery


def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("You packed C-4, so you may not release it.", "H. Lindqvist or T. Adeyemi may.")


def missing(request: HttpRequest) -> HttpResponse:
    raise Http404


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="account_login")),
    path("account/", include("cases.web.account_urls")),
    path("gallery/", gallery, name="gallery"),
    path("error/400/", errors.bad_request),
    path("error/403/", forbidden),
    path("error/404/", missing),
    path("error/409/", errors.conflict),
    path("error/413/", errors.too_large),
    path("error/429/", errors.too_many),
    path("error/500/", errors.failed),
    path("error/503/", errors.not_ready),
    path("error/csrf/", errors.csrf_failure),
    path("error/locked/", errors.locked_out),
]
handler403 = "cases.web.errors.forbidden"
handler404 = "cases.web.errors.not_found"
