"""Moving the demonstration's clock from the banner."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from cases import clock
from cases.clock.amounts import parse_amount
from cases.deadlines.loops import run_sender, run_sweep
from cases.web.words import day_in_full, hour


@login_required
@require_POST
def clock_forward(request: HttpRequest) -> HttpResponse:
    """Move business time forward and sweep at once; refused in production."""
    try:
        clock.forward(by_amount=parse_amount(request.POST.get("amount", "")), moved_by=request.user.code)  # type: ignore[union-attr]
    except ValueError as wrong:
        messages.error(request, str(wrong))
    except clock.ClockIsFixed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    else:
        messages.success(request, f"It is now {day_in_full(clock.now())}, {hour(clock.now(), zone='UTC')} UTC here.")
        run_sweep(now=clock.now())
        run_sender(now=clock.now())
    target = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(target if safe else "/")
