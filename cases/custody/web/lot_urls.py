"""Addresses of what is asked of a lot across cases: tracing it, recalling it."""

from django.urls import path

from cases.custody.web import recall_pages, trace_pages, unit_pages

urlpatterns = [
    path("trace/", trace_pages.trace, name="trace"),
    path("cases/<str:reference>/units/<str:gtin>/<path:serial>/", unit_pages.unit, name="unit"),
    path("recalls/", recall_pages.recall_list, name="recall_list"),
    path("recalls/new/", recall_pages.recall_new, name="recall_new"),
    path("recalls/<str:slug>/", recall_pages.recall, name="recall"),
    path("recalls/<str:slug>/report/", recall_pages.recall_report, name="recall_report"),
    path("recalls/<str:slug>/<slug:act>/", recall_pages.recall_act, name="recall_act"),
    path("cases/<str:reference>/recall-letters/<str:label>/", recall_pages.recall_letter, name="recall_letter"),
    path(
        "cases/<str:reference>/recall-letters/<str:label>/file/",
        recall_pages.recall_letter_file,
        name="recall_letter_file",
    ),
]
