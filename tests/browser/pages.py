"""What stands around the pages of the browser tests of the look; the product's own context comes from its chrome."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest


def around(request: HttpRequest) -> dict[str, Any]:
    """A fixed clock, and one demonstration account as the sign-in page shows them."""
    return {
        "user": request.user,
        "clock": {"now": datetime(2026, 12, 2, 14, 4, tzinfo=UTC), "offset": timedelta(0)},
        "demo_accounts": [
            {
                "role": "coordinating pharmacist",
                "email": "ostby@harrow.invalid",
                "password": "four invented words here",
                "what": "Runs cases.",
            }
        ],
    }
