"""Notices that a person must look at, and the demonstration mailbox."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cases import clock
from cases.models import Case
from cases.notices.models import MailboxMessage, Notice
from cases.notices.services import NoticeRefused, close_notice, dead_letters, retry_notice
from cases.people.models import User

PAGE = 50


@login_required
def notice_list(request: HttpRequest) -> HttpResponse:
    """What did not arrive, and the newest of what went out."""
    user = _pharmacist(request)
    visible = Case.objects.visible_to(user, at=clock.now())
    mine = Q(case__in=visible) | Q(case=None, recipient__pharmacy=user.pharmacy)
    return render(
        request,
        "cases/notices.html",
        {
            "dead": list(dead_letters(user)[:PAGE]),
            "recent": list(Notice.objects.filter(mine).select_related("case", "recipient").order_by("-id")[:PAGE]),
        },
    )


@login_required
@require_POST
def notice_settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a dead letter again, or close it because it was dealt with otherwise; both need a reason."""
    user = _pharmacist(request)
    visible = Case.objects.visible_to(user, at=clock.now())
    notice = get_object_or_404(
        Notice.objects.filter(Q(case__in=visible) | Q(case=None, recipient__pharmacy=user.pharmacy)), pk=pk
    )
    act = {"retry": retry_notice, "close": close_notice}.get(request.POST.get("act", ""))
    if act is None:
        raise Http404("There is no such act.")
    try:
        act(notice, by=user, now=clock.now(), reason=request.POST.get("reason", "").replace("\x00", ""))
    except NoticeRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Planned to be sent again." if act is retry_notice else "Closed, with your reason.")
    return redirect("notice_list")


@login_required
def mailbox(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Mail of the demonstration, which never leaves this machine. Staff read all of it, others their own."""
    if settings.ENVIRONMENT == "production":
        raise Http404("There is no mailbox in production.")
    user: User = request.user  # type: ignore[assignment]
    mail = MailboxMessage.objects.order_by("-id")
    if not (user.is_pharmacist or user.only_reads or user.role == "administrator"):
        mail = mail.filter(to_address__iexact=user.email)
    shown = None if pk is None else get_object_or_404(mail, pk=pk)
    return render(request, "cases/mailbox.html", {"mail": list(mail[:100]), "shown": shown})


def _pharmacist(request: HttpRequest) -> User:
    user: User = request.user  # type: ignore[assignment]
    if not user.is_pharmacist:
        raise PermissionDenied("Notices are looked after by the pharmacists.", "pharmacists")
    return user
