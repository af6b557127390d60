"""Pages of the regulatory branch."""

from django.urls import path

from regulatory.web import enquiries, pathways

urlpatterns = [
    path("enquiries/", enquiries.enquiry_list, name="enquiry_list"),
    path("enquiries/new/", enquiries.enquiry_new, name="enquiry_new"),
    path("enquiries/<str:reference>/", enquiries.enquiry, name="enquiry"),
    path("enquiries/<str:reference>/answer/", enquiries.enquiry_answer, name="enquiry_answer"),
    path("enquiries/<str:reference>/refer/", enquiries.enquiry_refer, name="enquiry_refer"),
    path("enquiries/<str:reference>/decline/", enquiries.enquiry_decline, name="enquiry_decline"),
    path("enquiries/<str:reference>/open-case/", enquiries.enquiry_open_case, name="enquiry_open_case"),
    path("pathways/", pathways.pathway_list, name="pathway_list"),
    path("pathways/<str:key>/", pathways.pathway, name="pathway"),
    path("pathways/<str:key>/review/", pathways.pathway_review, name="pathway_review"),
]
