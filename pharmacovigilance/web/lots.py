"""Everything about one lot, and every lot of one supplier: who was exposed, what was reported, how it travelled."""

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from cases import clock
from cases.custody.models import Partner
from cases.models import Case
from pharmacovigilance.exposure import LotStory, stories
from pharmacovigilance.web.desk import reader
from pharmacovigilance.web.said_days import said_day


@login_required
def safety_lot(request: HttpRequest, gtin: str, lot: str) -> HttpResponse:
    """One lot, by GTIN and number."""
    found = _stories(request, Q(gtin=gtin, number=lot))
    if not found:
        raise Http404(f"No lot {lot[:20]} of GTIN {gtin[:14]} is on file.")
    page = {
        "title": f"Lot {found[0].number}",
        "about": f"{found[0].medicine}, GTIN {gtin}",
        "stories": found,
        "said_day": said_day,
    }
    return render(request, "pharmacovigilance/lots.html", page)


@login_required
def safety_supplier(request: HttpRequest, pk: int) -> HttpResponse:
    """Every lot of one supplier."""
    user = reader(request)
    supplier = Partner.objects.filter(pharmacy=user.pharmacy_id, pk=pk).first()
    if supplier is None:
        raise Http404("No partner of that number is on file.")
    page = {
        "title": f"Lots of {supplier.name}",
        "about": "Who was exposed, and what was reported",
        "stories": _stories(request, Q(supplier=supplier)),
        "said_day": said_day,
    }
    return render(request, "pharmacovigilance/lots.html", page)


def _stories(request: HttpRequest, reach: Q) -> list[LotStory]:
    user = reader(request)
    own = Q(supplier__pharmacy=user.pharmacy_id)
    return stories(reach & own, among=Case.objects.visible_to(user, at=clock.now()))
