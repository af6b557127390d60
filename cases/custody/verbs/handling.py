"""How the product must be handled is stated, from its label or its maker, before a consignment of it is planned."""

from django.db import models

from cases.custody.handling import BY_STORAGE, CONSTRAINTS, MOST_HOURS
from cases.custody.models import ProductHandling
from cases.custody.stated_handling import stated_handling
from cases.lifecycle.verbs import Ask, Situation, Verb, next_number


def _state(situation: Situation) -> models.Model:
    facts = situation.facts
    return ProductHandling.objects.create(
        case=situation.case,
        number=next_number(situation.case.product_handlings),
        medicine=situation.case.medicine,
        constraints=list(facts.get("constraints", ())),
        hours_from_dispatch=facts.get("hours_from_dispatch"),
        source=facts["source"],
        stated_by=situation.by,
        stated_at=situation.now,
    )


def _as_it_stands(situation: Situation) -> list[str]:
    stated = stated_handling(situation.case)
    return list(stated.constraints if stated else BY_STORAGE.get(situation.case.medicine.storage, ()))


def _hours_as_they_stand(situation: Situation) -> int | None:
    stated = stated_handling(situation.case)
    return stated.hours_from_dispatch if stated else None


VERBS = (
    Verb(
        code="custody.handling.state",
        past="stated",
        label="State how the product must be handled",
        subject="custody.ProductHandling",
        creates=True,
        effect=_state,
        asks=(
            Ask(
                "constraints",
                "Handling",
                "ticks",
                required=False,
                options=tuple(CONSTRAINTS.items()),
                initial=_as_it_stands,
            ),
            Ask(
                "hours_from_dispatch",
                "To be received within so many hours of dispatch",
                "integer",
                required=False,
                initial=_hours_as_they_stand,
                hint="Only where the product's own stability sets it.",
                least=1,
                most=MOST_HOURS,
            ),
            Ask("source", "Where it is stated", hint="The label, or the maker's letter with its date."),
        ),
        consequence="It goes with every consignment of this medicine planned from now on: printed, checked at the "
        "dispatch, shown wherever the box changes hands.",
    ),
)
