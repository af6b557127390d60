"""`/api/v1/`: one API over every app's routers, with its OpenAPI document."""

from ninja import NinjaAPI

from cases.api.auth import SignedIn, Token
from cases.api.problems import install

api = NinjaAPI(
    title="Named-patient case management",
    version="1.0.0",
    description="The same services, permissions and refusals as the pages. Errors are problem+json (RFC 9457).",
    auth=[Token(), SignedIn()],
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
)
install(api)
for router in (
    "cases.api.cases.router",
    "cases.api.deadlines.router",
):
    api.add_router("", router)
