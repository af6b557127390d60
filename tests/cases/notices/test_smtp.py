"""Mail over a real SMTP conversation on the loopback: what the server says decides what becomes of the notice."""

import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest

from cases.notices.models import Notice
from cases.notices.sender import send_due
from config.env import email_settings
from tests.cases.deadlines.ground import START, Ground
from tests.cases.notices.test_sender import make_due, outcomes, planned, the


class Conversation(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client asks for; the server's `answers` replace what it would say."""

    server: "MailServer"

    def handle(self) -> None:
        self.say("220 mail.invalid ready")
        while line := self.rfile.readline():
            word = line.split()[0].upper().decode() if line.strip() else ""
            match word:
                case "EHLO":
                    self.say("250 mail.invalid")
                case "RCPT":
                    self.server.asked_for.append(line.decode().split(":", 1)[1].strip().strip("<>"))
                    self.say(self.server.answers.get("RCPT", "250 known"))
                case "DATA":
                    self.say("354 go on")
                    self.take()
                    if self.server.answers.get("DATA") == "hang up":
                        return
                    self.say(self.server.answers.get("DATA", "250 taken"))
                case "QUIT":
                    self.say("221 bye")
                    return
                case _:
                    self.say("250 well")

    def take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        self.server.letters.append(message_from_bytes(b"".join(lines)))

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    """A mail server on a free port of the loopback."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.letters: list[Message] = []
        self.asked_for: list[str] = []
        self.answers: dict[str, str] = {}


@pytest.fixture
def mail(settings: Any) -> Iterator[MailServer]:
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        point_mail_at(settings, server.server_address[1])
        yield server
        server.shutdown()


def point_mail_at(settings: Any, port: int) -> None:
    """As EMAIL_URL would."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    for name, value in email_settings(f"smtp://127.0.0.1:{port}").items():
        setattr(settings, name, value)


def ids(mail: MailServer) -> list[str | None]:
    return [letter["Message-ID"] for letter in mail.letters]


def test_a_letter_that_is_taken_is_sent_once_with_its_own_id(ground: Ground, mail: MailServer) -> None:
    notice = planned(ground)

    assert send_due(now=START)["handed_over"] == 1
    assert send_due(now=START)["handed_over"] == 0

    (letter,) = mail.letters
    assert (letter["Message-ID"], letter["Subject"]) == (notice.message_id, the(notice).subject)
    assert letter["Auto-Submitted"] == "auto-generated"
    assert mail.asked_for == [ground.prescriber.user.email]
    assert letter.get_payload().replace("\r\n", "\n").strip() == the(notice).body.strip()
    assert the(notice).state == Notice.State.SENT


def test_an_address_refused_for_good_is_a_dead_letter(ground: Ground, mail: MailServer) -> None:
    mail.answers["RCPT"] = "550 5.1.1 no such person"
    notice = planned(ground)

    assert send_due(now=START)["bounced"] == 1

    assert (the(notice).state, the(notice).last_fault) == (Notice.State.BOUNCED, "SMTP 550")
    assert mail.letters == []


@pytest.mark.parametrize(
    ("answers", "fault"),
    [
        ({"DATA": "451 4.3.2 try later"}, "SMTP 451"),
        ({"RCPT": "450 4.2.1 busy"}, "SMTPRecipientsRefused"),
        ({"DATA": "hang up"}, "SMTPServerDisconnected"),
    ],
)
def test_what_is_not_taken_for_sure_is_sent_again_with_the_same_id(
    ground: Ground, mail: MailServer, answers: dict[str, str], fault: str
) -> None:
    mail.answers = answers
    notice = planned(ground)
    assert send_due(now=START)["postponed"] == 1
    assert (the(notice).state, the(notice).last_fault) == (Notice.State.PLANNED, fault)

    mail.answers = {}
    make_due(notice)
    assert send_due(now=START)["handed_over"] == 1

    assert outcomes(notice) == [(1, "postponed"), (2, "handed_over")]
    # A server that hung up after the text may have taken it: the same Message-ID lets the reader's side see one letter.
    assert set(ids(mail)) == {notice.message_id}


def test_a_server_that_is_not_there_loses_nothing(ground: Ground, mail: MailServer, settings: Any) -> None:
    with MailServer() as gone:
        port = gone.server_address[1]
    point_mail_at(settings, port)
    notice = planned(ground)
    assert send_due(now=START)["postponed"] == 1
    assert the(notice).last_fault == "ConnectionRefusedError"

    point_mail_at(settings, mail.server_address[1])
    make_due(notice)
    assert send_due(now=START)["handed_over"] == 1
    assert ids(mail) == [notice.message_id]
