"""A hold that the system placed is lifted by what it waits for, and not by whoever is in a hurry."""

from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from cases.models import Hold
from regulatory.models import Filing, HoldGround

# Of these the window is no longer awaited: a decision came, or the filing was taken back.
DECIDED = (Filing.State.GRANTED, Filing.State.REFUSED, Filing.State.NO_OBJECTION, Filing.State.WITHDRAWN)


@requirement(
    "WordOnTheClockIsThere",
    "What the hold waits for has come",
    on=("cases.hold.lift",),
    satisfied_by="the authority, by its word on the window, or whoever answers its question",
    rule="domain rule: what is not known is asked of the authority, never guessed",
)
def word_on_the_clock_is_there(situation: Situation) -> Finding:
    hold = situation.subject
    grounds = HoldGround.objects.filter(hold=hold, filing__isnull=False) if isinstance(hold, Hold) else None
    ground = grounds.select_related("filing").first() if grounds is not None else None
    filing = ground.filing if ground is not None else None
    if filing is None:
        return Finding(met=True, fact="It waits for nothing that the system could see.")
    label = filing.label
    if filing.clock_word:
        said = f"{filing.clock_said_by}: {filing.get_clock_word_display()} ({filing.clock_source})."
        return Finding(met=True, fact=said, sources=(label,))
    if filing.state in DECIDED:
        return Finding(met=True, fact=f"{label} is {filing.get_state_display()}.", sources=(label,))
    if not filing.questions.filter(answered_at__isnull=True).exists():
        told = (
            f"Every question on {label} is answered; the window is counted anew from the answer, the latest it can be."
        )
        return Finding(met=True, fact=told, sources=(label,))
    return Finding(
        met=False,
        fact=f"Not known whether the question on {label} stops the waiting window: ask the authority, and record its "
        "word or the answer to the question.",
        sources=(label,),
        remedy=("Record the authority's word", f"regulatory.filing.record_clock_word/{label}"),
    )
