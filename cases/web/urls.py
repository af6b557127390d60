"""The trunk's pages."""

from django.urls import path

from cases.web import (
    audit,
    case_list,
    case_page,
    demonstration,
    done,
    gallery,
    notices,
    own,
    papers,
    people,
    signing,
    today,
    verb_page,
)

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
    path("my/<str:reference>/sign/<str:label>/", signing.sign, name="sign"),
    path("my/<str:reference>/done/<str:label>/", done.done, name="own_done"),
    path("cases/<str:reference>/do/<str:code>/", verb_page.verb, name="verb"),
    path("cases/<str:reference>/<slug:tab>/", case_page.case_detail, name="case_tab"),
    path("audit/", audit.audit_search, name="audit_search"),
    path("audit/cases/<str:reference>/", audit.audit_case, name="audit_case"),
    path("audit/cases/<str:reference>/verify/", audit.audit_verify, name="audit_verify"),
    path("people/", people.people_list, name="people_list"),
    path("people/<str:code>/end/", people.person_end, name="person_end"),
    path("notices/", notices.notice_list, name="notice_list"),
    path("notices/<int:pk>/settle/", notices.notice_settle, name="notice_settle"),
    path("mailbox/", notices.mailbox, name="mailbox"),
    path("mailbox/<int:pk>/", notices.mailbox, name="mailbox_message"),
    path("gallery/", gallery.gallery, name="gallery"),
    path("demonstration/clock/", demonstration.clock_forward, name="clock_forward"),
]
