"""Addresses of the versions of pathways: files, drafts, differences, impact, publishing."""

from django.urls import path

from regulatory.web import differences, drafts, impact, versions

urlpatterns = [
    path("pathways/import/", versions.profile_import, name="profile_import"),
    path("pathways/<str:key>/versions/", versions.version_list, name="version_list"),
    path("pathways/<str:key>/differences/", differences.version_difference, name="version_difference"),
    path("pathways/<str:key>/versions/<str:number>/file/", versions.profile_file, name="profile_file"),
    path("pathways/<str:key>/versions/<str:number>/draft/", versions.draft_new, name="draft_new"),
    path("pathways/<str:key>/versions/<str:number>/withdraw/", versions.draft_withdraw, name="draft_withdraw"),
    path("pathways/<str:key>/versions/<str:number>/edit/", drafts.draft, name="draft"),
    path("pathways/<str:key>/versions/<str:number>/edit/field/", drafts.draft_field, name="draft_field"),
    path("pathways/<str:key>/versions/<str:number>/edit/<str:section>/", drafts.draft_fact, name="draft_fact"),
    path("pathways/<str:key>/versions/<str:number>/impact/", impact.impact, name="impact"),
    path("pathways/<str:key>/versions/<str:number>/publish/", impact.publish, name="publish"),
    path("pathways/<str:key>/versions/<str:number>/publications/<int:pk>/", impact.publication, name="publication"),
]
