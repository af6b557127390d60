"""The mail backend of demonstrations and tests: sent mail lies in the product and can be read there."""

from collections.abc import Sequence
from email.utils import make_msgid
from typing import ClassVar

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection

from cases import clock
from cases.notices.models import MailboxMessage

# One statement, whichever of two senders comes first; the ORM's upsert cannot count.
_STORE = f"""
    INSERT INTO {MailboxMessage._meta.db_table} AS stored
        (message_id, to_address, subject, body, received_at, handed_over)
    VALUES (%s, %s, %s, %s, %s, 1)
    ON CONFLICT (message_id) DO UPDATE SET handed_over = stored.handed_over + 1
"""  # noqa: S608 - the table's name is the model's own


class MailboxBackend(BaseEmailBackend):
    """Stores each message once by its Message-ID and counts how often it came. Nothing leaves the machine."""

    delivers: ClassVar[bool] = True

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Store the messages; returns how many were handed over."""
        for message in email_messages:
            message_id = str(message.extra_headers.get("Message-ID") or make_msgid())
            for place, address in enumerate(message.recipients()):
                self._store(message, message_id if place == 0 else f"{message_id}/{place}", address)
        return len(email_messages)

    def _store(self, message: EmailMessage, message_id: str, address: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_STORE, [message_id, address, str(message.subject)[:200], str(message.body), clock.now()])
