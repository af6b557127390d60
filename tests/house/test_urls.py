"""Every address x every role against one table; an address that is not listed fails the build."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from cases.audit.context import acting
from cases.audit.models import AuditEntry
from cases.lifecycle.engine import advance
from cases.people.models import User
from regulatory.enquiries import receive_enquiry
from regulatory.lists.services import enter_edition
from tests.factories import NOW, build_case, build_house

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
WHO = ("nobody", "coordinator", "pic", "administrator", "auditor", "prescriber", "delegate", "receiving", "stranger")

# Pages of the signed-in person's own account; allauth's, the same for every role.
OWN_ACCOUNT = "account/"
# name: (address, statuses of a GET in the order of WHO). 302 of nobody leads to the sign-in page.
TABLE: dict[str, tuple[str, tuple[int, ...]]] = {
    "home": ("/", (302, 302, 302, 302, 302, 302, 302, 302, 302)),
    "today": ("/today/", (302, 200, 200, 302, 302, 302, 302, 302, 302)),
    "today_preview": ("/today/{case}/", (302, 302, 302, 302, 302, 302, 302, 302, 302)),
    "case_list": ("/cases/", (302, 200, 200, 200, 200, 302, 302, 302, 302)),
    "case": ("/cases/{case}/", (302, 200, 200, 200, 200, 302, 302, 302, 404)),
    "case_tab": ("/cases/{case}/people/", (302, 200, 200, 200, 200, 302, 302, 302, 404)),
    "verb": ("/cases/{case}/do/cases.hold.place/", (302, 200, 200, 403, 403, 403, 403, 403, 404)),
    "upload": ("/cases/{case}/upload/", (302, 200, 200, 403, 403, 200, 200, 200, 404)),
    "download": ("/cases/{case}/papers/D-1/", (302, 404, 404, 404, 404, 404, 404, 404, 404)),
    "own_cases": ("/my/", (302, 302, 302, 302, 302, 200, 200, 200, 200)),
    "own_case": ("/my/{case}/", (302, 302, 302, 302, 302, 200, 200, 200, 404)),
    "accept_accountability": ("/my/{case}/accountability/", (302, 405, 405, 405, 405, 405, 405, 405, 405)),
    # Opened without signing in, by whoever has a link that stands; without one they say that it does not work.
    "access_link": ("/link/nothing/", (410, 410, 410, 410, 410, 410, 410, 410, 410)),
    "access_link_renew": ("/link/nothing/new/", (405, 405, 405, 405, 405, 405, 405, 405, 405)),
    "send_by_link": ("/send/", (410, 410, 410, 410, 410, 410, 410, 410, 410)),
    "sent_by_link": ("/sent/", (410, 410, 410, 410, 410, 410, 410, 410, 410)),
    "receive_by_link": ("/receive/", (410, 410, 410, 410, 410, 410, 410, 410, 410)),
    "sign": ("/my/{case}/sign/N-1/", (302, 403, 403, 403, 403, 404, 404, 403, 404)),
    "inspect": ("/my/{case}/inspect/C-1/", (302, 403, 403, 403, 403, 403, 403, 404, 404)),
    "scanner": ("/scanner/", (302, 200, 200, 200, 403, 403, 403, 200, 403)),
    "scan": ("/cases/{case}/scan/C-1/", (302, 404, 404, 403, 403, 403, 403, 404, 404)),
    "trace": ("/trace/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "unit": ("/cases/{case}/units/00399999000123/SN-1/", (302, 404, 404, 404, 404, 403, 403, 403, 404)),
    "recall_list": ("/recalls/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "recall_new": ("/recalls/new/", (302, 200, 200, 403, 403, 403, 403, 403, 403)),
    "recall": ("/recalls/RC-1/", (302, 404, 404, 404, 404, 403, 403, 403, 403)),
    "recall_report": ("/recalls/RC-1/report/", (302, 404, 404, 404, 404, 403, 403, 403, 403)),
    "recall_act": ("/recalls/RC-1/stop/", (302, 405, 405, 405, 405, 405, 405, 405, 405)),
    "recall_letter": ("/cases/{case}/recall-letters/RL-1/", (302, 404, 404, 404, 404, 404, 404, 404, 404)),
    "recall_letter_file": ("/cases/{case}/recall-letters/RL-1/file/", (302, 404, 404, 404, 404, 404, 404, 404, 404)),
    "logger": ("/cases/{case}/logger/C-1/", (302, 404, 404, 403, 403, 403, 403, 404, 404)),
    "temperature": ("/cases/{case}/temperature/C-1/", (302, 404, 404, 404, 404, 403, 403, 404, 404)),
    "temperature_report": ("/cases/{case}/temperature/C-1/1.pdf", (302, 404, 404, 404, 404, 403, 403, 404, 404)),
    "own_done": ("/my/{case}/done/D-1/", (302, 404, 404, 404, 404, 404, 404, 404, 404)),
    "kept_form": ("/kept/", (302, 404, 404, 404, 404, 404, 404, 404, 404)),
    "audit_search": ("/audit/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "audit_readings": ("/audit/readings/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "audit_case": ("/audit/cases/{case}/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "audit_verify": ("/audit/cases/{case}/verify/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "people_list": ("/people/", (302, 403, 403, 200, 403, 403, 403, 403, 403)),
    "person_new": ("/people/new/", (302, 403, 403, 200, 403, 403, 403, 403, 403)),
    "person": ("/people/{person}/", (302, 403, 403, 200, 403, 403, 403, 403, 403)),
    "person_act": ("/people/{person}/end/", (302, 405, 405, 405, 405, 405, 405, 405, 405)),
    "medicine": ("/medicines/{medicine}/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "consignment": ("/cases/{case}/consignments/C-1/", (302, 404, 404, 404, 404, 403, 403, 403, 404)),
    "packing_sheet": ("/cases/{case}/consignments/C-1/sheet/", (302, 404, 404, 404, 404, 403, 403, 403, 404)),
    "api:read_consignment": (
        "/api/v1/cases/{case}/consignments/C-1",
        (401, 404, 404, 404, 404, 403, 403, 403, 404),
    ),
    "api:read_inspections": (
        "/api/v1/cases/{case}/consignments/C-1/inspections",
        (401, 404, 404, 404, 404, 403, 403, 403, 404),
    ),
    "api:read_contents": (
        "/api/v1/cases/{case}/consignments/C-1/contents",
        (401, 404, 404, 404, 404, 403, 403, 403, 404),
    ),
    "api:read_dispatch_checks": (
        "/api/v1/cases/{case}/consignments/C-1/dispatch-checks",
        (401, 404, 404, 404, 404, 403, 403, 403, 404),
    ),
    "partner_list": ("/partners/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "partner_new": ("/partners/new/", (302, 200, 200, 200, 403, 403, 403, 403, 403)),
    "partner": ("/partners/{partner}/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "partner_act": ("/partners/{partner}/credential/", (302, 405, 405, 405, 405, 405, 405, 405, 405)),
    "partner_paper": ("/partners/{partner}/papers/none/", (302, 404, 404, 404, 404, 403, 403, 403, 403)),
    "notice_list": ("/notices/", (302, 200, 200, 403, 403, 403, 403, 403, 403)),
    "notice_settle": ("/notices/1/settle/", (302, 405, 405, 405, 405, 405, 405, 405, 405)),
    "mailbox": ("/mailbox/", (302, 200, 200, 200, 200, 200, 200, 200, 200)),
    "mailbox_message": ("/mailbox/1/", (302, 404, 404, 404, 404, 404, 404, 404, 404)),
    "clock_forward": ("/demonstration/clock/", (302, 405, 405, 405, 405, 405, 405, 405, 405)),
    "gallery": ("/gallery/", (200, 200, 200, 200, 200, 200, 200, 200, 200)),
    "enquiry_list": ("/enquiries/", (302, 200, 200, 403, 403, 403, 403, 403, 403)),
    "enquiry_new": ("/enquiries/new/", (302, 200, 200, 403, 403, 403, 403, 403, 403)),
    "enquiry": ("/enquiries/{enquiry}/", (302, 200, 200, 403, 403, 403, 403, 403, 403)),
    "enquiry_answer": ("/enquiries/{enquiry}/answer/", (302, 405, 405, 405, 405, 405, 405, 405, 405)),
    "enquiry_refer": ("/enquiries/{enquiry}/refer/", (302, 405, 405, 405, 405, 405, 405, 405, 405)),
    "enquiry_decline": ("/enquiries/{enquiry}/decline/", (302, 200, 200, 403, 403, 403, 403, 403, 403)),
    "enquiry_open_case": ("/enquiries/{enquiry}/open-case/", (302, 200, 200, 403, 403, 403, 403, 403, 403)),
    "enquiry_triage": ("/enquiries/{enquiry}/triage/", (302, 200, 200, 403, 403, 403, 403, 403, 403)),
    "triage_decide": ("/enquiries/{enquiry}/triage/decide/", (302, 405, 405, 405, 405, 405, 405, 405, 405)),
    "triage_letter": ("/enquiries/{enquiry}/triage/letter/", (302, 404, 404, 403, 403, 403, 403, 403, 403)),
    "triage_list": ("/triage/desk/", (302, 200, 200, 403, 403, 403, 403, 403, 403)),
    "triage_statistics": ("/triage/statistics/", (302, 200, 200, 403, 403, 403, 403, 403, 403)),
    # Open to everybody: a family has no account. What it answered opens by its code alone.
    "triage_start": ("/triage/", (200, 200, 200, 200, 200, 200, 200, 200, 200)),
    "triage_return": ("/triage/return/", (302, 302, 302, 302, 302, 302, 302, 302, 302)),
    "triage_step": ("/triage/step/1/", (302, 302, 302, 302, 302, 302, 302, 302, 302)),
    "triage_own": ("/triage/answer/", (302, 302, 302, 302, 302, 302, 302, 302, 302)),
    "triage_leave": ("/triage/leave/", (405, 405, 405, 405, 405, 405, 405, 405, 405)),
    "review": ("/cases/{case}/reviews/R-1/", (302, 404, 404, 404, 404, 403, 403, 403, 404)),
    "authorization": ("/cases/{case}/authorizations/A-1/", (302, 404, 404, 404, 404, 403, 403, 403, 404)),
    "pack_progress": ("/cases/{case}/packs/F-1/progress/", (302, 404, 404, 404, 404, 403, 403, 403, 404)),
    "decline_new": ("/cases/{case}/declines/new/", (302, 200, 200, 403, 403, 403, 403, 403, 404)),
    "decline": ("/cases/{case}/declines/L-1/", (302, 404, 404, 404, 404, 403, 403, 403, 404)),
    "decline_letter": ("/cases/{case}/declines/L-1/letter/", (302, 404, 404, 404, 404, 403, 403, 403, 404)),
    "collective_list": ("/forms/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "collective_make": ("/forms/make/uk_notification_form/", (302, 200, 200, 403, 403, 403, 403, 403, 403)),
    "collective_paper": ("/forms/B-1/", (302, 404, 404, 404, 404, 403, 403, 403, 403)),
    "collective_file": ("/forms/B-1/file/", (302, 404, 404, 404, 404, 403, 403, 403, 403)),
    "collective_send": ("/forms/B-1/send/", (302, 405, 405, 405, 405, 405, 405, 405, 405)),
    "collective_withdraw": ("/forms/B-1/withdraw/", (302, 405, 405, 405, 405, 405, 405, 405, 405)),
    "pathway_list": ("/pathways/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "pathway": ("/pathways/UK-SPECIALS/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "list_list": ("/pathways/lists/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "list_page": ("/pathways/lists/it_law_648/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "list_enter": ("/pathways/lists/it_law_648/enter/", (302, 200, 200, 200, 403, 403, 403, 403, 403)),
    "list_place": ("/pathways/lists/it_law_648/place/", (302, 405, 405, 405, 405, 405, 405, 405, 405)),
    "list_edition": ("/pathways/lists/it_law_648/{edition}/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "list_confirm": (
        "/pathways/lists/it_law_648/{edition}/confirm/",
        (302, 405, 405, 405, 405, 405, 405, 405, 405),
    ),
    "list_withdraw": (
        "/pathways/lists/it_law_648/{edition}/withdraw/",
        (302, 405, 405, 405, 405, 405, 405, 405, 405),
    ),
    "safety_desk": ("/safety/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "safety_on_time": ("/safety/on-time/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "safety_duplicates": ("/safety/duplicates/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "safety_duplicate": ("/safety/duplicates/1/", (302, 404, 404, 404, 404, 403, 403, 403, 403)),
    "safety_duplicate_decide": ("/safety/duplicates/1/decide/", (302, 405, 405, 405, 405, 405, 405, 405, 405)),
    "safety_report_new": ("/cases/{case}/safety-reports/new/", (302, 200, 200, 403, 403, 302, 302, 302, 404)),
    "safety_report": ("/cases/{case}/safety-reports/S-1/", (302, 404, 404, 404, 404, 403, 403, 403, 404)),
    "own_report": ("/my/{case}/report/", (302, 302, 302, 302, 302, 200, 200, 200, 404)),
    "own_reported": ("/my/{case}/reported/S-1/", (302, 404, 404, 404, 404, 404, 404, 404, 404)),
    "own_answer": ("/my/{case}/answer/U-1/", (302, 404, 404, 404, 404, 404, 404, 404, 404)),
    "report_by_link": ("/report/", (410, 410, 410, 410, 410, 410, 410, 410, 410)),
    "reported_by_link": ("/reported/", (410, 410, 410, 410, 410, 410, 410, 410, 410)),
    "safety_coding": ("/safety/coding/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "safety_reconciliations": ("/safety/reconciliation/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "reconciliation_template": ("/safety/reconciliation/template.csv", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "safety_reconciliation": ("/safety/reconciliation/1/", (302, 404, 404, 404, 404, 403, 403, 403, 403)),
    "reconciliation_file": ("/safety/reconciliation/1.csv", (302, 404, 404, 404, 404, 403, 403, 403, 403)),
    "reconciliation_settle": ("/safety/reconciliation/1/cases/1/", (302, 405, 405, 405, 405, 405, 405, 405, 405)),
    "safety_answers": ("/safety/answers/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "safety_lot": ("/safety/lots/00000000000000/NOSUCH/", (302, 404, 404, 404, 404, 403, 403, 403, 403)),
    "safety_supplier": ("/safety/suppliers/999999/", (302, 404, 404, 404, 404, 403, 403, 403, 403)),
    "safety_case": ("/cases/{case}/safety/SC-1/", (302, 404, 404, 404, 404, 403, 403, 403, 403)),
    "safety_message": ("/cases/{case}/safety/V-1/message/", (302, 404, 404, 404, 404, 403, 403, 403, 403)),
    "safety_message_file": ("/cases/{case}/safety/V-1/message.xml", (302, 404, 404, 404, 404, 403, 403, 403, 403)),
    "safety_coding_imports": ("/safety/coding/imports/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "safety_coding_remove": ("/safety/coding/1/remove/", (302, 404, 404, 404, 404, 403, 403, 403, 403)),
    "reporting_rules": ("/safety/rules/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "reporting_rule_new": ("/safety/rules/new/", (302, 200, 200, 403, 403, 403, 403, 403, 403)),
    "reporting_rule_version": (
        "/safety/rules/GB.supplier.serious/versions/1/",
        (302, 404, 404, 404, 404, 403, 403, 403, 403),
    ),
    "reporting_rule": ("/safety/rules/GB.supplier.serious/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "reporting_rule_propose": (
        "/safety/rules/GB.supplier.serious/propose/",
        (302, 200, 200, 403, 403, 403, 403, 403, 403),
    ),
    "safety_line_listing": ("/safety/line-listing/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "safety_inspection_pack": (
        "/cases/{case}/safety/SC-1/inspection-pack/",
        (302, 404, 404, 404, 404, 403, 403, 403, 403),
    ),
    "safety_papers": ("/cases/{case}/safety/V-1/papers/", (302, 404, 404, 404, 404, 403, 403, 403, 403)),
    "safety_paper": ("/cases/{case}/safety/V-1/papers/cioms/", (302, 404, 404, 404, 404, 403, 403, 403, 403)),
    "safety_sent_file": ("/cases/{case}/safety/transmissions/T-1/", (302, 404, 404, 404, 404, 403, 403, 403, 403)),
    "who_must_be_told": ("/safety/who-must-be-told/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "pathway_what_if": ("/pathways/UK-SPECIALS/what-if/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "pathway_review": ("/pathways/UK-SPECIALS/review/", (302, 405, 405, 405, 405, 405, 405, 405, 405)),
    "profile_import": ("/pathways/import/", (302, 200, 200, 200, 403, 403, 403, 403, 403)),
    "version_list": ("/pathways/UK-SPECIALS/versions/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "version_difference": ("/pathways/UK-SPECIALS/differences/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "profile_file": ("/pathways/UK-SPECIALS/versions/1.0.0-demo/file/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "draft_new": ("/pathways/UK-SPECIALS/versions/1.0.0-demo/draft/", (302, 405, 405, 405, 405, 405, 405, 405, 405)),
    "draft_withdraw": (
        "/pathways/UK-SPECIALS/versions/1.0.0-demo/withdraw/",
        (302, 405, 405, 405, 405, 405, 405, 405, 405),
    ),
    "draft": ("/pathways/UK-SPECIALS/versions/1.0.0-demo/edit/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "draft_field": (
        "/pathways/UK-SPECIALS/versions/1.0.0-demo/edit/field/",
        (302, 405, 405, 405, 405, 405, 405, 405, 405),
    ),
    "draft_fact": (
        "/pathways/UK-SPECIALS/versions/1.0.0-demo/edit/notes/",
        (302, 200, 200, 200, 403, 403, 403, 403, 403),
    ),
    "impact": ("/pathways/UK-SPECIALS/versions/1.0.0-demo/impact/", (302, 200, 200, 200, 200, 403, 403, 403, 403)),
    "publish": ("/pathways/UK-SPECIALS/versions/1.0.0-demo/publish/", (302, 405, 405, 405, 405, 405, 405, 405, 405)),
    "publication": (
        "/pathways/UK-SPECIALS/versions/1.0.0-demo/publications/1/",
        (302, 404, 404, 404, 404, 403, 403, 403, 403),
    ),
    # The API; its calls that write are walked by role in tests/api/test_roles.py.
    "api:whoami": ("/api/v1/whoami", (401, 200, 200, 200, 200, 200, 200, 200, 200)),
    "api:list_cases": ("/api/v1/cases", (401, 200, 200, 200, 200, 200, 200, 200, 200)),
    "api:open_new_case": ("/api/v1/cases", (401, 200, 200, 200, 200, 200, 200, 200, 200)),
    "api:read_case": ("/api/v1/cases/{case}", (401, 200, 200, 200, 200, 200, 200, 200, 404)),
    "api:read_steps": ("/api/v1/cases/{case}/steps", (401, 200, 200, 200, 200, 200, 200, 200, 404)),
    "api:read_step": (
        "/api/v1/cases/{case}/step?verb=cases.case.begin_filing",
        (401, 200, 200, 403, 403, 403, 403, 403, 404),
    ),
    "api:advance_case": ("/api/v1/cases/{case}/advance", (405, 405, 405, 405, 405, 405, 405, 405, 405)),
    "api:list_forms": ("/api/v1/forms", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:create_form": ("/api/v1/forms", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:create_report": ("/api/v1/forms/reports", (405, 405, 405, 405, 405, 405, 405, 405, 405)),
    "api:read_form": ("/api/v1/forms/B-1", (401, 404, 404, 404, 404, 403, 403, 403, 403)),
    "api:read_form_file": ("/api/v1/forms/B-1/file", (401, 404, 404, 404, 404, 403, 403, 403, 403)),
    "api:record_sent": ("/api/v1/forms/B-1/sent", (405, 405, 405, 405, 405, 405, 405, 405, 405)),
    "api:withdraw_form": ("/api/v1/forms/B-1/withdraw", (405, 405, 405, 405, 405, 405, 405, 405, 405)),
    "api:list_holds": ("/api/v1/cases/{case}/holds", (401, 200, 200, 200, 200, 200, 200, 200, 404)),
    "api:place_hold": ("/api/v1/cases/{case}/holds", (401, 200, 200, 200, 200, 200, 200, 200, 404)),
    "api:lift_hold": ("/api/v1/cases/{case}/holds/H-1/lift", (405, 405, 405, 405, 405, 405, 405, 405, 405)),
    "api:read_events": ("/api/v1/cases/{case}/events", (401, 200, 200, 200, 200, 200, 200, 200, 404)),
    "api:list_deadlines": ("/api/v1/deadlines", (401, 200, 200, 200, 200, 200, 200, 200, 200)),
    "api:case_deadlines": ("/api/v1/cases/{case}/deadlines", (401, 200, 200, 200, 200, 200, 200, 200, 404)),
    "api:list_types": ("/api/v1/document-types", (401, 200, 200, 200, 200, 200, 200, 200, 200)),
    "api:list_documents": ("/api/v1/cases/{case}/documents", (401, 200, 200, 200, 200, 200, 200, 200, 404)),
    "api:upload_document": ("/api/v1/cases/{case}/documents", (401, 200, 200, 200, 200, 200, 200, 200, 404)),
    "api:read_document": ("/api/v1/cases/{case}/documents/D-1", (401, 404, 404, 404, 404, 404, 404, 404, 404)),
    "api:read_content": ("/api/v1/cases/{case}/documents/D-1/content", (401, 404, 404, 404, 404, 404, 404, 404, 404)),
    "api:open_content": ("/api/v1/cases/{case}/documents/D-1/content", (401, 404, 404, 404, 404, 404, 404, 404, 404)),
    "api:list_layouts": ("/api/v1/cases/{case}/logger-layouts", (401, 200, 200, 200, 200, 403, 403, 200, 403)),
    "api:list_temperatures": (
        "/api/v1/cases/{case}/consignments/C-1/temperatures",
        (401, 404, 404, 404, 404, 403, 403, 404, 403),
    ),
    "api:look_at_file": (
        "/api/v1/cases/{case}/consignments/C-1/temperatures/look",
        (405, 405, 405, 405, 405, 405, 405, 405, 405),
    ),
    "api:read_history": ("/api/v1/cases/{case}/history", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:read_verification": ("/api/v1/cases/{case}/verification", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:list_partners": ("/api/v1/partners", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:create_partner": ("/api/v1/partners", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:read_partner": ("/api/v1/partners/{partner}", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    **{
        f"api:{name}": (
            f"/api/v1/partners/{{partner}}/credentials{path}",
            (405, 405, 405, 405, 405, 405, 405, 405, 405),
        )
        for name, path in (
            ("create_credential", ""),
            ("create_check", "/1/checks"),
            ("finish_credential", "/1/end"),
        )
    },
    "api:list_filings": ("/api/v1/cases/{case}/filings", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:list_declines": ("/api/v1/cases/{case}/declines", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:read_decline": ("/api/v1/cases/{case}/declines/L-1", (401, 404, 404, 404, 404, 403, 403, 403, 403)),
    "api:list_reviews": ("/api/v1/cases/{case}/reviews", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:read_review": ("/api/v1/cases/{case}/reviews/R-1", (401, 404, 404, 404, 404, 403, 403, 403, 403)),
    "api:answer_review": ("/api/v1/cases/{case}/reviews/R-1/answers", (405, 405, 405, 405, 405, 405, 405, 405, 405)),
    "api:list_authorizations": ("/api/v1/cases/{case}/authorizations", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:list_pathway_events": ("/api/v1/cases/{case}/pathway-events", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:read_gates": ("/api/v1/cases/{case}/gates", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:list_enquiries": ("/api/v1/enquiries", (401, 200, 200, 403, 403, 403, 403, 403, 403)),
    "api:create_enquiry": ("/api/v1/enquiries", (401, 200, 200, 403, 403, 403, 403, 403, 403)),
    "api:read_enquiry": ("/api/v1/enquiries/{enquiry}", (401, 200, 200, 403, 403, 403, 403, 403, 403)),
    "api:give_answer": ("/api/v1/enquiries/{enquiry}/answer", (405, 405, 405, 405, 405, 405, 405, 405, 405)),
    "api:refer": ("/api/v1/enquiries/{enquiry}/refer", (405, 405, 405, 405, 405, 405, 405, 405, 405)),
    "api:decline": ("/api/v1/enquiries/{enquiry}/decline", (405, 405, 405, 405, 405, 405, 405, 405, 405)),
    "api:read_letter": ("/api/v1/enquiries/{enquiry}/decline/letter", (405, 405, 405, 405, 405, 405, 405, 405, 405)),
    "api:evaluate_answers": ("/api/v1/triage", (405, 405, 405, 405, 405, 405, 405, 405, 405)),
    "api:list_evaluations": ("/api/v1/enquiries/{enquiry}/triage", (401, 200, 200, 403, 403, 403, 403, 403, 403)),
    "api:record_evaluation": ("/api/v1/enquiries/{enquiry}/triage", (401, 200, 200, 403, 403, 403, 403, 403, 403)),
    "api:decide_evaluation": (
        "/api/v1/enquiries/{enquiry}/triage/decision",
        (405, 405, 405, 405, 405, 405, 405, 405, 405),
    ),
    "api:read_directory": ("/api/v1/directory", (401, 200, 200, 403, 403, 403, 403, 403, 403)),
    "api:import_profile_file": ("/api/v1/profiles/import", (405, 405, 405, 405, 405, 405, 405, 405, 405)),
    "api:read_profile_file": ("/api/v1/profiles/UK-SPECIALS/file", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:list_versions": ("/api/v1/profiles/UK-SPECIALS/versions", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:read_difference": (
        "/api/v1/profiles/UK-SPECIALS/difference?before=0.2.0-draft&after=1.0.0-demo",
        (401, 200, 200, 200, 200, 403, 403, 403, 403),
    ),
    "api:make_draft": ("/api/v1/profiles/UK-SPECIALS/drafts", (405, 405, 405, 405, 405, 405, 405, 405, 405)),
    **{
        f"api:{name}": (
            f"/api/v1/profiles/UK-SPECIALS/versions/1.0.0-demo/{path}",
            (401, 200, 200, 200, 200, 403, 403, 403, 403),
        )
        for name, path in (
            ("list_facts", "facts"),
            ("change_draft_fact", "facts"),
            ("list_edits", "edits"),
            ("read_impact", "impact"),
            ("list_publications", "publications"),
            ("publish_version", "publications"),
        )
    },
    **{
        f"api:{name}": (
            f"/api/v1/profiles/UK-SPECIALS/versions/1.0.0-demo/{path}",
            (405, 405, 405, 405, 405, 405, 405, 405, 405),
        )
        for name, path in (("withdraw_profile", "withdraw"), ("review_version", "review"))
    },
    "api:read_safety_case": (
        "/api/v1/cases/{case}/safety-cases/SC-1",
        (401, 404, 404, 404, 404, 403, 403, 403, 403),
    ),
    "api:read_sent_file": (
        "/api/v1/cases/{case}/transmissions/T-1/file",
        (401, 404, 404, 404, 404, 403, 403, 403, 403),
    ),
    "api:read_lot_story": (
        "/api/v1/safety/lot?gtin=00312345000028&lot=NOSUCH",
        (401, 200, 200, 200, 200, 403, 403, 403, 403),
    ),
    "api:list_profiles": ("/api/v1/profiles", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:read_profile": ("/api/v1/profiles/UK-SPECIALS", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:ask_what_if": (
        "/api/v1/profiles/UK-SPECIALS/what-if?at=2026-03-02",
        (401, 200, 200, 200, 200, 403, 403, 403, 403),
    ),
    "api:list_lists": ("/api/v1/lists", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:read_list": (
        "/api/v1/lists/it_law_648?edition=2026",
        (401, 200, 200, 200, 200, 403, 403, 403, 403),
    ),
    "api:list_pairs": ("/api/v1/safety/duplicates", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:read_pair": ("/api/v1/safety/duplicates/1", (401, 404, 404, 404, 404, 403, 403, 403, 403)),
    "api:decide_pair": ("/api/v1/safety/duplicates/1/decision", (405, 405, 405, 405, 405, 405, 405, 405, 405)),
    "api:list_comparisons": ("/api/v1/safety/reconciliations", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:create_comparison": ("/api/v1/safety/reconciliations", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:read_comparison": ("/api/v1/safety/reconciliations/1", (401, 404, 404, 404, 404, 403, 403, 403, 403)),
    "api:settle_gap": (
        "/api/v1/safety/reconciliations/1/cases/1/settlement",
        (405, 405, 405, 405, 405, 405, 405, 405, 405),
    ),
    "api:list_dictionaries": ("/api/v1/safety/dictionaries", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:import_dictionary": ("/api/v1/safety/dictionaries", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:read_dictionary": ("/api/v1/safety/dictionaries/1", (401, 404, 404, 404, 404, 403, 403, 403, 403)),
    "api:look_up_terms": ("/api/v1/safety/dictionaries/1/terms?words=x", (401, 404, 404, 404, 404, 403, 403, 403, 403)),
    "api:remove_held_dictionary": (
        "/api/v1/safety/dictionaries/1/removal",
        (405, 405, 405, 405, 405, 405, 405, 405, 405),
    ),
    "api:list_reporting_rules": ("/api/v1/safety/rules", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:create_reporting_rule": ("/api/v1/safety/rules", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:propose_rule_version": (
        "/api/v1/safety/rules/GB.supplier.serious/versions",
        (405, 405, 405, 405, 405, 405, 405, 405, 405),
    ),
    "api:read_rule_version": (
        "/api/v1/safety/rules/GB.supplier.serious/versions/1",
        (401, 404, 404, 404, 404, 403, 403, 403, 403),
    ),
    "api:decide_rule_version": (
        "/api/v1/safety/rules/GB.supplier.serious/versions/1/decision",
        (405, 405, 405, 405, 405, 405, 405, 405, 405),
    ),
    "api:read_reporting_rule": (
        "/api/v1/safety/rules/GB.supplier.serious",
        (401, 200, 200, 200, 200, 403, 403, 403, 403),
    ),
    "api:read_origin": (
        "/api/v1/cases/{case}/safety-reports/S-1/origin",
        (401, 404, 404, 404, 404, 403, 403, 403, 403),
    ),
    "api:list_recalls": ("/api/v1/recalls", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:create_recall": ("/api/v1/recalls", (401, 200, 200, 200, 200, 403, 403, 403, 403)),
    "api:read_recall": ("/api/v1/recalls/RC-1", (401, 404, 404, 404, 404, 403, 403, 403, 403)),
    **{
        f"api:{name}": (f"/api/v1/recalls/RC-1/{path}", (405, 405, 405, 405, 405, 405, 405, 405, 405))
        for name, path in (
            ("stop_packs", "stop"),
            ("write_letters", "letters"),
            ("close", "close"),
            ("withdraw_one", "withdraw"),
        )
    },
    "api:read_trace": ("/api/v1/trace?gtin=1&lot=2", (401, 422, 422, 422, 422, 403, 403, 403, 403)),
    "api:openapi-json": ("/api/v1/openapi.json", (401, 200, 200, 200, 200, 200, 200, 200, 200)),
    "api:api-root": ("/api/v1/", (404, 404, 404, 404, 404, 404, 404, 404, 404)),
    "api_docs": ("/api/v1/docs", (302, 200, 200, 200, 200, 200, 200, 200, 200)),
}

# name: statuses of a POST without a single field, in the order of WHO, for every page that takes a form. 422, 409: the
# right is there, the form is empty; 302 leads back with a word. Nothing changes in any of these.
SENT: dict[str, tuple[int, ...]] = {
    # Of these a form that holds its key alone is on record: intake refuses nothing. Without even that, nothing came.
    "own_report": (302, 302, 302, 302, 403, 422, 422, 422, 404),
    "safety_report_new": (302, 422, 422, 403, 403, 302, 302, 302, 404),
    "verb": (302, 422, 422, 403, 403, 403, 403, 403, 404),
    "upload": (302, 422, 422, 403, 403, 422, 422, 422, 404),
    "accept_accountability": (302, 302, 302, 302, 403, 302, 302, 302, 404),
    "access_link_renew": (200, 200, 200, 200, 403, 200, 200, 200, 200),
    "person_new": (302, 403, 403, 422, 403, 403, 403, 403, 403),
    "person_act": (302, 403, 403, 422, 403, 403, 403, 403, 403),
    "partner_new": (302, 422, 422, 422, 403, 403, 403, 403, 403),
    "partner_act": (302, 422, 422, 422, 403, 403, 403, 403, 403),
    "partner_paper": (302, 404, 404, 404, 403, 403, 403, 403, 403),
    "notice_settle": (302, 404, 404, 403, 403, 403, 403, 403, 403),
    "clock_forward": (302, 302, 302, 302, 403, 302, 302, 302, 302),
    "enquiry_new": (302, 422, 422, 403, 403, 403, 403, 403, 403),
    "enquiry_answer": (302, 422, 422, 403, 403, 403, 403, 403, 403),
    "enquiry_refer": (302, 409, 409, 403, 403, 403, 403, 403, 403),
    "enquiry_decline": (302, 422, 422, 403, 403, 403, 403, 403, 403),
    "enquiry_open_case": (302, 422, 422, 403, 403, 403, 403, 403, 403),
    "pathway_review": (302, 404, 404, 404, 403, 403, 403, 403, 403),
    "review": (302, 404, 404, 404, 403, 403, 403, 403, 404),
    "authorization": (302, 405, 405, 405, 403, 405, 405, 405, 405),
    "pack_progress": (302, 405, 405, 405, 403, 405, 405, 405, 405),
    "decline_new": (302, 422, 422, 403, 403, 403, 403, 403, 404),
    "decline": (302, 404, 404, 404, 403, 403, 403, 403, 404),
    "decline_letter": (302, 405, 405, 405, 403, 405, 405, 405, 405),
    "safety_duplicate_decide": (302, 404, 404, 403, 403, 403, 403, 403, 403),
    "safety_coding": (302, 422, 422, 422, 403, 403, 403, 403, 403),
    "safety_reconciliations": (302, 422, 422, 403, 403, 403, 403, 403, 403),
    "reporting_rule_new": (302, 422, 422, 403, 403, 403, 403, 403, 403),
    "reporting_rule_propose": (302, 422, 422, 403, 403, 403, 403, 403, 403),
    "safety_answers": (302, 422, 422, 403, 403, 403, 403, 403, 403),
    "reconciliation_settle": (302, 404, 404, 403, 403, 403, 403, 403, 403),
    "recall_new": (302, 422, 422, 403, 403, 403, 403, 403, 403),
    "recall_act": (302, 404, 404, 403, 403, 403, 403, 403, 403),
    "collective_make": (302, 422, 422, 403, 403, 403, 403, 403, 403),
    "collective_send": (302, 404, 404, 403, 403, 403, 403, 403, 403),
    "collective_withdraw": (302, 404, 404, 403, 403, 403, 403, 403, 403),
    "list_enter": (302, 422, 422, 422, 403, 403, 403, 403, 403),
    "list_place": (302, 422, 422, 403, 403, 403, 403, 403, 403),
    "list_confirm": (302, 422, 422, 422, 403, 403, 403, 403, 403),
    "list_withdraw": (302, 422, 422, 422, 403, 403, 403, 403, 403),
    "profile_import": (302, 422, 422, 422, 403, 403, 403, 403, 403),
    "version_list": (302, 405, 405, 405, 403, 405, 405, 405, 405),
    "version_difference": (302, 405, 405, 405, 403, 405, 405, 405, 405),
    "profile_file": (302, 405, 405, 405, 403, 405, 405, 405, 405),
    "draft": (302, 405, 405, 405, 403, 405, 405, 405, 405),
    "draft_field": (302, 404, 404, 404, 403, 403, 403, 403, 403),
    "draft_fact": (302, 422, 422, 422, 403, 403, 403, 403, 403),
    "impact": (302, 405, 405, 405, 403, 405, 405, 405, 405),
    "publish": (302, 403, 422, 403, 403, 403, 403, 403, 403),
    "publication": (302, 405, 405, 405, 403, 405, 405, 405, 405),
    "draft_new": (302, 422, 422, 422, 403, 403, 403, 403, 403),
    "draft_withdraw": (302, 409, 409, 409, 403, 403, 403, 403, 403),
    "triage_return": (422, 422, 422, 422, 403, 422, 422, 422, 422),
    "triage_leave": (302, 302, 302, 302, 403, 302, 302, 302, 302),
    "triage_decide": (302, 404, 404, 403, 403, 403, 403, 403, 403),
}


def names(patterns: list[URLPattern | URLResolver], prefix: str = "", space: str = "") -> Iterator[str]:
    """Every named address but those of the person's own account."""
    for entry in patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{entry.namespace}:" if entry.namespace else space
            yield from names(entry.url_patterns, route, inner)
        elif not route.startswith(OWN_ACCOUNT):
            yield f"{space}{entry.name}"


def test_every_address_is_listed() -> None:
    there = set(names(get_resolver().url_patterns))
    assert there - set(TABLE) == set(), "list these addresses with their roles"
    assert set(TABLE) - there == set(), "these addresses are gone"


@dataclass
class Site:
    """One house with one of everything that an address names."""

    people: dict[str, User | None]
    named: dict[str, str]

    def address(self, name: str) -> str:
        return TABLE[name][0].format(**self.named)

    def client(self, who: str) -> Client:
        client = Client(raise_request_exception=False)
        person = self.people[who]
        if person is not None:
            client.force_login(person, backend=BACKEND)
        return client


@pytest.fixture
def site() -> Site:
    house = build_house()
    case = build_case(house)
    enquiry = receive_enquiry(
        pharmacy=house.pharmacy,
        asked_by="family",
        country="GB",
        product="orvelumab",
        indication="invented",
        by=house.coordinator,
        now=NOW,
    )
    edition = enter_edition(
        name="it_law_648",
        edition="2026",
        from_on=NOW.date(),
        entries=[{"key": "A1", "words": "invented"}],
        source="Invented gazette",
        by=house.coordinator,
        now=NOW,
    )
    people: dict[str, User | None] = {
        "nobody": None,
        "coordinator": house.coordinator,
        "pic": house.pic,
        "administrator": house.administrator,
        "auditor": house.auditor,
        "prescriber": house.doctor,
        "delegate": house.delegate,
        "receiving": house.receiving,
        "stranger": house.stranger.user,
    }
    named = {
        "case": case.reference,
        "enquiry": enquiry.reference,
        "person": house.delegate.code,
        "medicine": str(house.medicine.pk),
        "edition": str(edition.pk),
        "partner": str(house.pharmacy.partners.get().pk),
    }
    return Site(people, named)


def trail() -> int:
    """How many entries there are, but for what auditors read, which is written down for each of their requests."""
    return AuditEntry.objects.exclude(table_name="people_reading").count()


def test_every_address_answers_every_role_as_listed(site: Site) -> None:
    found: dict[str, tuple[int, ...]] = dict.fromkeys(TABLE, ())
    for who in WHO:
        client = site.client(who)
        for name in TABLE:
            found[name] = (*found[name], client.get(site.address(name)).status_code)
    assert found == {name: statuses for name, (_, statuses) in TABLE.items()}


def test_a_form_sent_to_any_page_is_taken_from_those_listed_alone_and_changes_nothing_when_empty(site: Site) -> None:
    pages = [name for name in TABLE if ":" not in name and name != "api_docs"]
    found: dict[str, tuple[int, ...]] = dict.fromkeys(pages, ())
    before = trail()
    for who in WHO:
        client = site.client(who)
        for name in pages:
            found[name] = (*found[name], client.post(site.address(name)).status_code)
    expected = {name: SENT.get(name) or _as_read(name) for name in pages}
    assert found == expected
    assert trail() == before


def _as_read(name: str) -> tuple[int, ...]:
    """A page without a form answers as it is read, and an auditor who sends anything is refused before it is asked."""
    return tuple(403 if who == "auditor" else status for who, status in zip(WHO, TABLE[name][1], strict=True))


def test_an_auditor_changes_nothing_by_any_method(site: Site) -> None:
    client, before = site.client("auditor"), trail()
    for name in TABLE:
        send = client.post if ":" in name else client.delete
        assert send(site.address(name), {"text": "x"}).status_code in (403, 404, 405), name
    assert trail() == before


def test_a_case_out_of_an_auditors_scope_is_not_found() -> None:
    house = build_house()
    case = build_case(house)
    advance(case, "cases.case.note_run_out", by=house.pic, now=NOW, facts={"runs_out_on": "2026-04-01"})
    scope = house.auditor.audit_scopes.get()
    with acting(by=house.administrator, verb="people.scope.ended", business_at=NOW):
        scope.valid_until = scope.valid_from
        scope.save()
    client = Client()
    client.force_login(house.auditor, backend=BACKEND)
    assert client.get(f"/cases/{case.reference}/").status_code == 404
    assert client.get(f"/audit/cases/{case.reference}/").status_code == 404
