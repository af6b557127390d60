"""Pages of the pharmacovigilance branch."""

from django.urls import include, path

from pharmacovigilance.web import (
    answers,
    coding,
    desk,
    duplicates,
    line_listing,
    lots,
    messages,
    papers,
    reconciliation,
    rule_proposals,
    rules,
    safety_case,
    who_must_be_told,
)

urlpatterns = [
    path("", include("pharmacovigilance.web.reporting.urls")),
    path("safety/", desk.safety_desk, name="safety_desk"),
    path("safety/on-time/", desk.safety_on_time, name="safety_on_time"),
    path("safety/who-must-be-told/", who_must_be_told.who_must_be_told, name="who_must_be_told"),
    path("safety/duplicates/", duplicates.safety_duplicates, name="safety_duplicates"),
    path("safety/duplicates/<int:number>/", duplicates.safety_duplicate, name="safety_duplicate"),
    path("safety/duplicates/<int:number>/decide/", duplicates.safety_duplicate_decide, name="safety_duplicate_decide"),
    path("safety/line-listing/", line_listing.safety_line_listing, name="safety_line_listing"),
    path("safety/coding/", coding.safety_coding, name="safety_coding"),
    path("safety/coding/imports/", coding.safety_coding_imports, name="safety_coding_imports"),
    path("safety/coding/<int:number>/remove/", coding.safety_coding_remove, name="safety_coding_remove"),
    path("safety/reconciliation/", reconciliation.reconciliations, name="safety_reconciliations"),
    path("safety/reconciliation/template.csv", reconciliation.reconciliation_template, name="reconciliation_template"),
    path("safety/reconciliation/<int:number>/", reconciliation.reconciliation, name="safety_reconciliation"),
    path("safety/reconciliation/<int:number>.csv", reconciliation.reconciliation_file, name="reconciliation_file"),
    path(
        "safety/reconciliation/<int:number>/cases/<int:line>/",
        reconciliation.reconciliation_settle,
        name="reconciliation_settle",
    ),
    path("safety/rules/", rules.reporting_rules, name="reporting_rules"),
    path("safety/rules/new/", rule_proposals.reporting_rule_new, name="reporting_rule_new"),
    path("safety/rules/<str:rule_id>/", rules.reporting_rule, name="reporting_rule"),
    path("safety/rules/<str:rule_id>/propose/", rule_proposals.reporting_rule_propose, name="reporting_rule_propose"),
    path(
        "safety/rules/<str:rule_id>/versions/<int:number>/",
        rule_proposals.reporting_rule_version,
        name="reporting_rule_version",
    ),
    path("safety/answers/", answers.safety_answers, name="safety_answers"),
    path("safety/lots/<str:gtin>/<path:lot>/", lots.safety_lot, name="safety_lot"),
    path("safety/suppliers/<int:pk>/", lots.safety_supplier, name="safety_supplier"),
    path("cases/<str:reference>/safety/<str:label>/", safety_case.safety_case, name="safety_case"),
    path("cases/<str:reference>/safety/<str:label>/message/", messages.safety_message, name="safety_message"),
    path(
        "cases/<str:reference>/safety/<str:label>/message.xml", messages.safety_message_file, name="safety_message_file"
    ),
    path("cases/<str:reference>/safety/<str:label>/papers/", papers.safety_papers, name="safety_papers"),
    path("cases/<str:reference>/safety/<str:label>/papers/<str:form>/", papers.safety_paper, name="safety_paper"),
    path("cases/<str:reference>/safety/transmissions/<str:label>/", papers.safety_sent_file, name="safety_sent_file"),
    path(
        "cases/<str:reference>/safety/<str:label>/inspection-pack/",
        papers.safety_inspection_pack,
        name="safety_inspection_pack",
    ),
]
