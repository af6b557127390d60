"""`/api/v1/`: one API over every app's routers, with its OpenAPI document."""

from typing import Any

from django.http import HttpRequest

from cases.api.auth import SignedIn, Token
from cases.api.base import HouseAPI
from cases.api.refusals import install

api = HouseAPI(
    title="Named-patient case management",
    version="1.0.0",
    description="The same services, permissions and refusals as the pages. Errors are problem+json (RFC 9457).",
    auth=[Token(), SignedIn()],
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
)
install(api)
for router in (
    "cases.api.people.router",
    "regulatory.api.enquiries.router",
    "regulatory.api.enquiry_declines.router",
    "regulatory.api.triage.router",
    "cases.api.cases.router",
    "regulatory.api.opening.router",
    "cases.api.documents.router",
    "cases.api.temperatures.router",
    "cases.api.deadlines.router",
    "cases.api.partners.router",
    "cases.api.consignments.router",
    "regulatory.api.filings.router",
    "regulatory.api.reviews.router",
    "regulatory.api.declines.router",
    "regulatory.api.collective.router",
    "cases.custody.api.lots.router",
    "cases.custody.api.recalls.router",
    "pharmacovigilance.api.origins.router",
    "pharmacovigilance.api.intake.router",
    "pharmacovigilance.api.safety_cases.router",
    "pharmacovigilance.api.sent.router",
    "pharmacovigilance.api.pairs_and_lists.router",
    "pharmacovigilance.api.dictionaries.router",
    "pharmacovigilance.api.rule_proposals.router",
    "cases.api.evidence.router",
    "regulatory.api.versions.router",
    "regulatory.api.profiles.router",
    "regulatory.api.what_if.router",
    "regulatory.api.lists.router",
):
    api.add_router("", router)


@api.get("/openapi.json", include_in_schema=False, url_name="openapi-json", response=dict[str, Any])
def openapi_document(request: HttpRequest) -> dict[str, Any]:
    """This document, for those who are signed in: it tells how the house works, and nothing of anybody's cases."""
    return api.get_openapi_schema()
