"""What an authority's form asks of the patient and the identity does not hold yet. The answer stands in no event."""

from django.db import models

from cases.lifecycle.errors import NotPermitted, NotPossible
from cases.lifecycle.verbs import Ask, Situation, Verb, register_verbs
from cases.models import Case
from cases.people.identity import SEXES, IdentityRefused, record_sex
from cases.people.keys import KeyErased
from cases.people.roles import PHARMACISTS, PRESCRIBING


def _record_sex(situation: Situation) -> models.Model:
    # Taken out of the facts: an event is kept where no erasure reaches it.
    sex = situation.facts.pop("sex")
    patient = situation.case.patient
    if patient is None:
        raise NotPossible(
            "This case is stock: there is no patient. Record it in the case of the patient it is drawn for."
        )
    try:
        record_sex(patient, sex=sex, by=situation.by, now=situation.now)
    except IdentityRefused as refusal:
        raise NotPermitted(f"{refusal} Nothing was recorded.") from refusal
    except KeyErased as erased:
        raise NotPossible(f"{erased} Nothing was recorded.") from erased
    return situation.case


def _has_a_patient(record: models.Model) -> bool:
    return isinstance(record, Case) and not record.is_stock


register_verbs(
    Verb(
        code="cases.patient.record_sex",
        past="sex_recorded",
        label="Record the patient's sex",
        subject="cases.Case",
        effect=_record_sex,
        offered_when=_has_a_patient,
        roles=PHARMACISTS | PRESCRIBING,
        asks=(
            Ask(
                "sex",
                "Sex",
                "choice",
                options=tuple(SEXES.items()),
                hint="As the passport or the hospital has it. Kept encrypted with the identity, and in no event.",
            ),
        ),
        consequence="Forms that ask for it can be filled.",
    ),
)
