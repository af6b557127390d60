"""Two versions of a pathway side by side, for the screen and for paper."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cases.countries import name_of
from regulatory.models import ProfileVersion
from regulatory.pathway import profile_of
from regulatory.profiles.difference import difference
from regulatory.web.difference_words import rows, says
from regulatory.web.versions import look_of, reader


@login_required
@require_GET
def version_difference(request: HttpRequest, key: str) -> HttpResponse:
    """Which facts differ, old and new with their sources; what is the same stands folded below.

    ``before`` and ``after`` name the versions; left out, the newest is compared with the one it was drafted from.
    """
    reader(request)
    versions = list(
        ProfileVersion.objects.filter(profile_key=key.replace("\x00", "")).select_related("based_on").order_by("id")
    )
    if not versions:
        raise Http404("There is no such pathway.")
    by_number = {one.version: one for one in versions}
    after = _chosen(request, "after", by_number) or versions[-1]
    before = _chosen(request, "before", by_number) or after.based_on or versions[max(0, versions.index(after) - 1)]
    found = difference(profile_of(before), profile_of(after))
    changed = {change.fact for change in found.changes}
    same = [
        (section, says(section, fact))
        for section, facts in after.data.items()
        if isinstance(facts, list)
        for fact in facts
        if isinstance(fact, dict) and fact["id"] not in changed
    ]
    told = rows(found)
    return render(
        request,
        "regulatory/difference.html",
        {
            "key": after.profile_key,
            "country": name_of(after.jurisdiction),
            "before": before,
            "after": after,
            "looks": (look_of(before), look_of(after)),
            "versions": versions,
            "law": [row for row in told if row.of_law],
            "knowledge": [row for row in told if not row.of_law],
            "same": same,
        },
    )


def _chosen(request: HttpRequest, name: str, known: dict[str, ProfileVersion]) -> ProfileVersion | None:
    number = request.GET.get(name, "")
    if number and number not in known:
        raise Http404("There is no such version.")
    return known.get(number)
