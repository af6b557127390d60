"""Pages of the regulatory branch."""

from django.urls import path

from regulatory.web import collective, enquiries, lists, pathways, reviews, triage, triage_desk, version_urls, what_if

urlpatterns = [
    *version_urls.urlpatterns,
    path("enquiries/", enquiries.enquiry_list, name="enquiry_list"),
    path("enquiries/new/", enquiries.enquiry_new, name="enquiry_new"),
    path("enquiries/<str:reference>/", enquiries.enquiry, name="enquiry"),
    path("enquiries/<str:reference>/answer/", enquiries.enquiry_answer, name="enquiry_answer"),
    path("enquiries/<str:reference>/refer/", enquiries.enquiry_refer, name="enquiry_refer"),
    path("enquiries/<str:reference>/decline/", enquiries.enquiry_decline, name="enquiry_decline"),
    path("enquiries/<str:reference>/open-case/", enquiries.enquiry_open_case, name="enquiry_open_case"),
    path("enquiries/<str:reference>/triage/", triage_desk.enquiry_triage, name="enquiry_triage"),
    path("enquiries/<str:reference>/triage/decide/", triage_desk.triage_decide, name="triage_decide"),
    path("enquiries/<str:reference>/triage/letter/", triage_desk.triage_letter, name="triage_letter"),
    path("triage/", triage.triage_start, name="triage_start"),
    path("triage/return/", triage.triage_return, name="triage_return"),
    path("triage/step/<int:step>/", triage.triage_step, name="triage_step"),
    path("triage/answer/", triage.triage_own, name="triage_own"),
    path("triage/leave/", triage.triage_leave, name="triage_leave"),
    path("triage/desk/", triage_desk.triage_list, name="triage_list"),
    path("triage/statistics/", triage_desk.triage_statistics, name="triage_statistics"),
    path("cases/<str:reference>/reviews/<str:label>/", reviews.review, name="review"),
    path("forms/", collective.collective_list, name="collective_list"),
    path("forms/make/<str:code>/", collective.collective_make, name="collective_make"),
    path("forms/<str:label>/", collective.collective_paper, name="collective_paper"),
    path("forms/<str:label>/file/", collective.collective_file, name="collective_file"),
    path("forms/<str:label>/send/", collective.collective_send, name="collective_send"),
    path("forms/<str:label>/withdraw/", collective.collective_withdraw, name="collective_withdraw"),
    path("pathways/", pathways.pathway_list, name="pathway_list"),
    path("pathways/lists/", lists.list_list, name="list_list"),
    path("pathways/lists/<str:name>/", lists.list_page, name="list_page"),
    path("pathways/lists/<str:name>/enter/", lists.list_enter, name="list_enter"),
    path("pathways/lists/<str:name>/place/", lists.list_place, name="list_place"),
    path("pathways/lists/<str:name>/<int:number>/", lists.list_edition, name="list_edition"),
    path("pathways/lists/<str:name>/<int:number>/confirm/", lists.list_confirm, name="list_confirm"),
    path("pathways/lists/<str:name>/<int:number>/withdraw/", lists.list_withdraw, name="list_withdraw"),
    path("pathways/<str:key>/", pathways.pathway, name="pathway"),
    path("pathways/<str:key>/what-if/", what_if.what_if, name="pathway_what_if"),
    path("pathways/<str:key>/review/", pathways.pathway_review, name="pathway_review"),
]
