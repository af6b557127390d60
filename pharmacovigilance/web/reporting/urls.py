"""Addresses of telling: none holds a person, a medicine or a word of what was told."""

from django.urls import path

from pharmacovigilance.web.reporting import abroad, desk_form, report_page

urlpatterns = [
    path("my/<str:reference>/report/", abroad.own_report, name="own_report"),
    path("my/<str:reference>/reported/<str:label>/", abroad.own_reported, name="own_reported"),
    path("my/<str:reference>/answer/<str:label>/", abroad.own_answer, name="own_answer"),
    path("cases/<str:reference>/safety-reports/new/", desk_form.safety_report_new, name="safety_report_new"),
    path("cases/<str:reference>/safety-reports/<str:label>/", report_page.safety_report, name="safety_report"),
    path("report/", abroad.report_by_link, name="report_by_link"),
    path("reported/", abroad.reported_by_link, name="reported_by_link"),
]
