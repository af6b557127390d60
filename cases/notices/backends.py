"""The mail backend of demonstrations and tests: sent mail lies in the product and can be read there."""

from collections.abc import Sequence
from email.utils import make_msgid
from typing import ClassVar

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F

from cases import clock
from cases.notices.models import MailboxMessage


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
        stored, is_new = MailboxMessage.objects.get_or_create(
            message_id=message_id,
            defaults={
                "to_address": address,
                "subject": str(message.subject)[:200],
                "body": str(message.body),
                "received_at": clock.now(),
            },
        )
        if not is_new:
            MailboxMessage.objects.filter(pk=stored.pk).update(handed_over=F("handed_over") + 1)
