"""schemathesis finds nothing: every call of the document, with values that fit it and values that do not.

It runs on the loaded demonstration, so that references, labels and verbs lead into real cases. The seed is fixed and
the number of examples small; ``NPP_SCHEMATHESIS_EXAMPLES=2000`` looks longer.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from pytest_django.live_server_helper import LiveServer
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from cases.lifecycle.verbs import VERBS
from cases.models import Case
from cases.people.models import User
from cases.people.tokens import create_token
from regulatory.models import Enquiry, ProfileVersion

pytestmark = [pytest.mark.demonstration, pytest.mark.slow]
EXAMPLES = int(os.environ.get("NPP_SCHEMATHESIS_EXAMPLES", "6"))


def configuration(token: str) -> SchemathesisConfig:
    """What schemathesis is told: who calls, what there is, and what may be answered."""
    cases = list(Case.objects.order_by("pk").values_list("reference", flat=True))
    words = {
        "cases": cases[::3],
        "enquiries": list(Enquiry.objects.values_list("reference", flat=True)),
        "verbs": sorted(VERBS),
        "labels": ["F-1", "C-1", "A-1", "N-1", "D-1", "H-1", "Q-1", "R-1", "S-1"],
        "papers": [f"D-{number}" for number in range(1, 9)],
        "holds": ["H-1", "H-2"],
        "keys": list(ProfileVersion.objects.values_list("profile_key", flat=True).distinct()[:6]),
        "people": list(User.objects.filter(is_service=False).values_list("code", flat=True)),
    }

    def mostly(name: str, probability: float = 0.9) -> dict[str, Any]:
        return {"dictionary": name, "probability": probability}

    return SchemathesisConfig.from_dict(
        {
            "seed": 20260302,
            "workers": 1,
            "continue-on-failure": True,
            "headers": {"Authorization": f"Bearer {token}"},
            "dictionaries": {name: {"values": values} for name, values in words.items()},
            "generation": {"deterministic": True, "max-examples": EXAMPLES, "database": "none"},
            # The document has no links to follow; of the methods that a call does not take, these two stand for all.
            "phases": {"stateful": {"enabled": False}, "coverage": {"unexpected-methods": ["put", "delete"]}},
            "parameters": {
                "query.verb": mostly("verbs"),
                "query.on": mostly("labels", 0.6),
                "body.verb": mostly("verbs"),
                "body.on": mostly("labels", 0.6),
                "body.prescriber": mostly("people"),
                "path.key": mostly("keys"),
            },
            "operations": [
                {"include-path-regex": "/cases/.reference.", "parameters": {"path.reference": mostly("cases")}},
                {"include-path-regex": "/enquiries/.reference.", "parameters": {"path.reference": mostly("enquiries")}},
                {"include-path-regex": "/documents/.label.", "parameters": {"path.label": mostly("papers")}},
                {"include-path-regex": "/holds/.label.", "parameters": {"path.label": mostly("holds")}},
            ],
            "checks": {
                # Values that fit their shape may name nobody, or ask for what a requirement forbids.
                "positive_data_acceptance": {"expected-statuses": ["2xx", "401", "403", "404", "409", "422"]},
            },
        }
    )


def found(served: str, person: str) -> Iterator[str]:
    """Every failure and error of one run, as a line with what was sent."""
    user = User.objects.get(email=person)
    token = create_token(user=user, label="schemathesis", by=user, now=datetime.now(UTC))
    schema = schemathesis.openapi.from_url(
        f"{served}/api/v1/openapi.json", config=configuration(token), headers={"Authorization": f"Bearer {token}"}
    )
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            yield f"error: {event}"
        if isinstance(event, events.ScenarioFinished):
            checks = [check for made in event.recorder.checks.values() for check in made]
            for failed in (check.failure_info for check in checks if check.failure_info is not None):
                told = f"{failed.failure.title}: {failed.failure.message}"
                yield f"{event.label}: {told[:400]}\n{failed.code_sample[:600]}"


@pytest.mark.parametrize("person", ["ostby@harrow.example"])
def test_finds_nothing(live_server: LiveServer, person: str) -> None:
    assert list(found(live_server.url, person)) == []
