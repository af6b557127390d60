"""Questions arrive, are answered, referred and declined, become cases; a family's answers are handed in and decided."""

from datetime import date
from typing import Any

from cases.people.identity import Identity
from cases.people.models import User
from regulatory.declining.enquirer import Grounds, decline_enquiry, letter_to_the_enquirer
from regulatory.declining.kinds import KINDS
from regulatory.enquiries import (
    OPENS_A_CASE,
    OUTCOMES,
    WIZARD,
    answer_enquiry,
    receive_enquiry,
    refer_enquiry,
)
from regulatory.models import Enquiry
from regulatory.opening import open_case_for
from regulatory.triage.deciding import decide
from regulatory.triage.models import Triage
from regulatory.triage.services import hand_in, save_answers, start_triage
from tests.machine.beside.bench import Act, Bench
from tests.machine.ground import PATHWAYS


def ask(bench: Bench) -> Any:
    version = bench.world.versions[bench.rng.choice(PATHWAYS)]
    return receive_enquiry(
        pharmacy=bench.world.house.pharmacy,
        asked_by=bench.rng.choice(("family", "prescriber", "institution") * 4 + ("nobody",)),
        country=bench.rng.choice((version.jurisdiction,) * 12 + ("",)),
        product="orvelumab 150 mg/mL",
        indication="invented disease",
        by=bench.rng.choice((bench.clerk,) * 12 + (bench.world.house.doctor,)),
        now=bench.now,
        medicine=bench.world.house.medicine,
        profile_version=version,
        form_key=f"walk-{bench.next_number()}",
    )


def answer(*states: str, again: bool = False) -> Act:
    """Answer an enquiry; without states any. ``again`` is how the decision on a new triage answers."""

    def act(bench: Bench) -> Any:
        enquiry = bench.one(Enquiry.objects.filter(state__in=states) if states else Enquiry.objects.all())
        outcome = bench.rng.choice([*sorted(OUTCOMES), *["NPP_POSSIBLE"] * 30, "nonsense"])
        words = bench.rng.choice(("A route exists.",) * 6 + (" ",))
        return enquiry and answer_enquiry(
            enquiry, outcome=outcome, answer=words, by=bench.clerk, now=bench.now, again=again
        )

    return act


def refer(*states: str) -> Act:
    """Refer an enquiry; without states any, to be refused mostly."""

    def act(bench: Bench) -> Any:
        enquiry = bench.one(Enquiry.objects.filter(state__in=states) if states else Enquiry.objects.all())
        reason = bench.rng.choice(("A trial runs there.", "Told.", ""))
        return enquiry and refer_enquiry(enquiry, reason=reason, by=bench.clerk, now=bench.now)

    return act


def decline(*states: str) -> Act:
    """Decline an enquiry of these states in one of the kinds, by the letter that was read or by none."""

    def act(bench: Bench) -> Any:
        enquiry, rng = bench.one(Enquiry.objects.filter(state__in=states)), bench.rng
        if enquiry is None:
            return None
        kind = rng.choice(list(KINDS.values()))
        grounds = Grounds(
            kind=kind.code,
            ground=rng.choice(kind.grounds),
            explanation="It cannot be done now.",
            fact="closed" if kind.code == "regulatory" else "A note on the dose.",
            steps=kind.steps if rng.random() < 0.9 else (),
            language=rng.choice(("en", "fr", "es", "ar")),
            contact="+1 555 0100",
        )
        read = letter_to_the_enquirer(enquiry, grounds, by=bench.clerk, now=bench.now).sha256
        return decline_enquiry(
            enquiry,
            grounds=grounds,
            fingerprint=read if rng.random() < 0.9 else "none",
            channel=rng.choice(("telephone", "post", "code")),
            by=bench.clerk,
            now=bench.now,
        )

    return act


def become_case(bench: Bench) -> Any:
    rows = Enquiry.objects.filter(state="answered", country__in=bench.world.places)
    fit = rows.filter(outcome__in=OPENS_A_CASE, medicine__isnull=False, profile_version__isnull=False)
    enquiry = bench.one(fit if bench.rng.random() < 0.8 else rows)
    if enquiry is None:
        return None
    house, place = bench.world.house, bench.world.places[enquiry.country]
    bench.world.patients += 1
    case = open_case_for(
        Identity(family_name=f"Example{bench.world.patients}", given_names="Ada", birth_date=date(1987, 2, 3)),
        pharmacy=house.pharmacy,
        prescriber=place.prescriber,
        institution=place.institution,
        coordinator=house.coordinator,
        medicine=None,
        profile_version=None,
        enquiry=enquiry,
        by=bench.clerk,
        now=bench.now,
    )
    bench.world.cases.append(case)
    return case


def begin(bench: Bench) -> Any:
    enquiry = bench.one(Enquiry.objects.filter(state="open")) if bench.rng.random() < 0.4 else None
    by = bench.rng.choice((User.objects.get(code=WIZARD), bench.clerk))
    triage, _ = start_triage(pharmacy=bench.world.house.pharmacy, by=by, now=bench.now, enquiry=enquiry)
    return save_answers(triage, _answers(bench), by=by, now=bench.now)


def _answers(bench: Bench) -> dict[str, Any]:
    rng = bench.rng
    given = {
        "asked_by": rng.choice(("family", "prescriber")),
        "country": rng.choice(("GB", "AU")),
        "product": "orvelumab 150 mg/mL",
        "indication": "invented disease",
        "prescriber": rng.choice(("yes", "no", "unknown")),
        "storage": rng.choice(("2-8", "ambient")),
        "supply_months": rng.randint(1, 9),
    }
    return {name: value for name, value in given.items() if rng.random() < 0.95}


def hand_over(*states: str) -> Act:
    """Hand answers in; those that wait or are decided already are answered anew first."""

    def act(bench: Bench) -> Any:
        triage = bench.one(Triage.objects.filter(state__in=states))
        if triage is None:
            return None
        if triage.state != Triage.State.ANSWERING:
            save_answers(triage, _answers(bench), by=bench.clerk, now=bench.now)
        return hand_in(triage, by=bench.clerk, now=bench.now)

    return act


def decide_one(bench: Bench) -> Any:
    triage = bench.one(Triage.objects.filter(state="waiting") if bench.rng.random() < 0.8 else Triage.objects.all())
    version = triage and triage.versions.order_by("number").last()
    if version is None:
        return None
    outcome = bench.rng.choice((version.outcome, version.outcome, "HUMAN_DECIDES", "nonsense"))
    return decide(
        version, outcome=outcome, reason=bench.rng.choice(("Spoke to them.", "")), by=bench.clerk, now=bench.now
    )


ACTS: dict[str, Act] = {
    "a question arrives": ask,
    "an enquiry is answered": answer("open"),
    "an enquiry is answered anew": answer("answered", again=True),
    "any enquiry is answered": answer(),
    "an enquiry is referred": refer("answered"),
    "any enquiry is referred": refer(),
    "an open enquiry is declined": decline("open"),
    "an answered enquiry is declined": decline("answered"),
    "an enquiry becomes a case": become_case,
    "somebody answers the questions": begin,
    "answers are handed in": hand_over("answering"),
    "answers that wait are handed in anew": hand_over("waiting"),
    "decided answers are handed in anew": hand_over("decided"),
    "a pharmacist decides": decide_one,
}
