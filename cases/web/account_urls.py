"""The addresses of signing in: the views of django-allauth that the house uses, and no others.

Nobody signs up and nobody changes an e-mail address here: the pharmacy enters people (domain.md, section 1). The names
are allauth's own, since its views look each other up by name. Include it as ``path("account/", include(...))``.
"""

from allauth.account import views
from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import TemplateView

_closed = TemplateView.as_view(template_name="account/signup_closed.html")

urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", _closed, name="account_signup"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path(
        "email/",
        login_required(TemplateView.as_view(template_name="account/email.html")),
        name="account_email",
    ),
    path("confirm-email/", views.email_verification_sent, name="account_email_verification_sent"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("second-factor/", include("allauth.mfa.urls")),
]
