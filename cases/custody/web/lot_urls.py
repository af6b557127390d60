"""Addresses of what is asked of a lot across cases."""

from django.urls import path

from cases.custody.web import trace_pages

urlpatterns = [
    path("trace/", trace_pages.trace, name="trace"),
]
