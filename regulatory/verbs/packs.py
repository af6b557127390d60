"""The application pack of a filing: made in one step, kept byte for byte; a later one takes the earlier one's place."""

from decimal import Decimal

from django.db import models

from cases.documents.services import BytesNotIntact, read_bytes, store_written
from cases.lifecycle.errors import NotPossible
from cases.lifecycle.verbs import Ask, Situation, Verb, register_verbs
from cases.people.identity import Identity, reveal_identity
from regulatory.models import Filing
from regulatory.pack.enclosures import enclosures
from regulatory.pack.fields import FIELDS, Ground
from regulatory.pack.grounds import ground_of, holdings
from regulatory.pack.library import LANGUAGES, name_rule, order_for, words_of
from regulatory.pathway import local_day, named, profile_of
from regulatory.profiles.loader import Profile
from regulatory.progress import report
from regulatory.verbs.filings import PREPARING_HOLDS, filing_of

BEFORE_IT_IS_SENT = (Filing.State.PREPARING, Filing.State.READY)
INITIALS, NAME = "initials", "name"
NAMING = ((INITIALS, "Initials only"), (NAME, "Full name"))


def _unsent(record: models.Model) -> bool:
    return isinstance(record, Filing) and record.state in BEFORE_IT_IS_SENT


def _naming(situation: Situation) -> str:
    return NAME if name_rule(profile_of(situation.case.profile_version))[0] == "required" else INITIALS


def _make(situation: Situation) -> models.Model:
    # Typesetting and binding take a tenth of a second to load, which other commands need not wait for.
    from cases.print.bind import page_count
    from regulatory.pack.making import PackRefused, Paper, make_pack

    filing, facts = filing_of(situation), situation.facts
    profile = profile_of(filing.profile_version)
    with_name = facts["naming"] == NAME
    papers = enclosures(situation.case, profile)
    _refuse_a_name_in_words(situation, ground_of(filing, quantity=facts.get("quantity")))
    steps = len(papers) + 2  # each paper is read, then all are bound and kept
    report(filing, 0, steps)
    ground = ground_of(filing, quantity=facts.get("quantity"), identity=_identity(situation, profile, with_name))
    try:
        content = make_pack(
            ground,
            tuple(Paper(document, read_bytes(document.file)) for document in papers),
            language=facts["language"],
            with_name=with_name,
            version=named(filing.profile_version),
            review=_review(filing),
            printed_on=local_day(profile, situation.now),
            told=lambda done: report(filing, done, steps),
        )
        report(filing, steps - 1, steps)
    except (PackRefused, BytesNotIntact) as refused:
        raise NotPossible(f"{refused} Nothing was made.") from refused
    filing.pack = store_written(
        case=situation.case,
        doc_type="application_pack",
        content=content,
        media_type="application/pdf",
        by=situation.by,
        now=situation.now,
        title=f"Application pack of {filing.label}",
        supersedes=filing.pack,
        holds_identity=True,
        pages=page_count(content),
    )
    filing.pack_holds = holdings(ground.determination, papers)
    if "quantity" in facts and facts["quantity"] is not None:
        filing.quantity = facts["quantity"]
    filing.save(update_fields=["pack", "pack_holds", "quantity"])
    return filing


def _identity(situation: Situation, profile: Profile, with_name: bool) -> Identity:
    """Only the parts that this form asks for are read; every reading is on record."""
    asked = {FIELDS[code].sealed for _, codes in order_for(profile)["sections"] for code in codes} - {"", "full_name"}
    parts = [*asked, *(("full_name",) if with_name else ())]
    patient = situation.case.patient
    if not parts or patient is None:
        return Identity()
    purpose = f"application pack of {filing_of(situation).label}"
    return reveal_identity(patient, by=situation.by, purpose=purpose, now=situation.now, parts=parts)


# What people wrote in words of their own, and where it is put right.
_IN_WORDS = {
    "justification": "Ask the prescriber to sign a determination that does not name the patient",
    "dose": "Ask the prescriber to sign a determination that does not name the patient",
    "indication": "Correct the indication",
}


def _refuse_a_name_in_words(situation: Situation, ground: Ground) -> None:
    """Where the pathway forbids the name, no sentence that somebody wrote may bring it onto the form.

    :raises NotPossible: with the line that names the patient. Only the whole name is looked for, in either order: a
        family name alone may be a word of the language.
    """
    patient = situation.case.patient
    if patient is None or name_rule(ground.profile)[0] != "forbidden":
        return
    purpose = f"check that the pack of {filing_of(situation).label} names nobody"
    parts = ("full_name",)
    known = reveal_identity(patient, by=situation.by, purpose=purpose, now=situation.now, parts=parts)
    names = [known.given_names, known.family_name]
    if not all(names):
        return
    whole = {" ".join(order).casefold() for order in (names, names[::-1])} | {", ".join(names[::-1]).casefold()}
    for code, remedy in _IN_WORDS.items():
        text = " ".join(FIELDS[code].value(ground).split()).casefold()
        if any(name in text for name in whole):
            line = words_of("en")["fields"][code]
            raise NotPossible(
                f"{line}: it gives the patient's name, which the pathway forbids on what is filed. {remedy}. "
                "Nothing was made."
            )


def _review(filing: Filing) -> str:
    version = filing.profile_version
    if version.is_demonstration:
        return "Signed for a demonstration only."
    return f"Signed by {version.signed_by}." if version.signed_by_id else "Not reviewed by a pharmacist."


register_verbs(
    Verb(
        code="regulatory.filing.make_pack",
        past="pack_made",
        label="Make the application pack for it",
        subject="regulatory.Filing",
        effect=_make,
        offered_when=_unsent,
        stopped_by=PREPARING_HOLDS,
        asks=(
            Ask(
                "quantity",
                "Quantity asked for",
                "decimal",
                required=False,
                least=Decimal("0.001"),
                initial=lambda situation: situation.subject.quantity if isinstance(situation.subject, Filing) else None,
                hint="Counted in the unit of the medicine.",
            ),
            Ask(
                "language",
                "Language of the letter and the data sheet",
                "choice",
                options=tuple(LANGUAGES.items()),
                initial=lambda situation: "en",
                hint="What people wrote is printed as they wrote it. Translations other than English are not reviewed.",
            ),
            Ask(
                "naming",
                "How the patient is named",
                "choice",
                options=NAMING,
                initial=_naming,
                hint="The checklist says what the pathway asks.",
            ),
        ),
        consequence="One PDF: cover letter, data sheet, necessity letter (a draft when none is on file) and papers.",
    ),
)
