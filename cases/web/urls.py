"""The trunk's pages."""

from django.urls import path

from cases.web import case_list, case_page, demonstration, gallery, notices, own, papers, today, verb_page

urlpatterns = [
    path("", today.home, name="home"),
    path("today/", today.today, name="today"),
    path("cases/", case_list.case_list, name="case_list"),
    path("cases/<str:reference>/", case_page.case_detail, name="case"),
    path("cases/<str:reference>/upload/", papers.upload, name="upload"),
    path("cases/<str:reference>/papers/<str:label>/", papers.download, name="download"),
    path("my/", own.own_cases, name="own_cases"),
    path("my/<str:reference>/", own.own_case, name="own_case"),
    path("my/<str:reference>/accountability/", own.accept_accountability, name="accept_accountability"),
    path("cases/<str:reference>/do/<str:code>/", verb_page.verb, name="verb"),
    path("cases/<str:reference>/<slug:tab>/", case_page.case_detail, name="case_tab"),
    path("notices/", notices.notice_list, name="notice_list"),
    path("notices/<int:pk>/settle/", notices.notice_settle, name="notice_settle"),
    path("mailbox/", notices.mailbox, name="mailbox"),
    path("mailbox/<int:pk>/", notices.mailbox, name="mailbox_message"),
    path("gallery/", gallery.gallery, name="gallery"),
    path("demonstration/clock/", demonstration.clock_forward, name="clock_forward"),
]
