"""Notices that a person must look at, and the demonstration mailbox."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cases import clock
from cases.models import Case
from cases.notices.heartbeat import heartbeat
from cases.notices.models import MailboxMessage, Notice
from cases.notices.services import NoticeRefused, close_notice, dead_letters, retry_notice
from cases.people.models import User
from cases.people.readings import running_scopes
from cases.people.roles import STAFF

PAGE = 50


@login_required
def notice_list(request: HttpRequest) -> HttpResponse:
    """What did not arrive, and the newest of what went out."""
    user = _pharmacist(request)
    visible = Case.objects.visible_to(user, at=clock.now())
    mine = Q(case__in=visible) | Q(case=None, recipient__pharmacy=user.pharmacy)
    newest = Notice.objects.filter(mine).select_related("case", "recipient").order_by("-id")
    before = request.GET.get("before", "")
    recent = list((newest.filter(pk__lt=int(before)) if before.isdecimal() else newest)[: PAGE + 1])
    return render(
        request,
        "cases/notices.html",
        {
            "dead": list(dead_letters(user).prefetch_related("deliveries")[:PAGE]),
            "waiting": dead_letters(user).count(),
            "recent": recent[:PAGE],
            "older": f"?before={recent[PAGE - 1].pk}" if len(recent) > PAGE else "",
            "newest": reverse("notice_list") if before else "",
            "beat": heartbeat(),
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
    """Mail of the demonstration, which never leaves this machine.

    Staff read all of it, as does an auditor while a scope runs; others read their own.
    """
    if settings.ENVIRONMENT == "production":
        raise Http404("There is no mailbox in production.")
    user: User = request.user  # type: ignore[assignment]
    mail = MailboxMessage.objects.order_by("-id")
    in_scope = user.only_reads and running_scopes(user, at=clock.now()).exists()
    if user.role not in STAFF and not in_scope:
        mail = mail.filter(to_address__iexact=user.email)
    shown = None if pk is None else get_object_or_404(mail, pk=pk)
    return render(request, "cases/mailbox.html", {"mail": list(mail[:100]), "shown": shown})


def _pharmacist(request: HttpRequest) -> User:
    user: User = request.user  # type: ignore[assignment]
    if not user.is_pharmacist:
        raise PermissionDenied("Notices are looked after by the pharmacists.", "pharmacists")
    return user
