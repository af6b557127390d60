"""What signing in answers where the library's own sentence would leave a person without a way on."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter


class HouseAccountAdapter(DefaultAccountAdapter):
    """The library's account adapter with sentences that say how long and what to do."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": (
            "Too many wrong tries. Wait five minutes, then try once more; or set a new password by the link below. "
            "In a hurry, call the pharmacy."
        ),
        "email_password_mismatch": "The address or the password is wrong. Look at both, then try again.",
    }
