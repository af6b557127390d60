"""The application pack: nothing prints blank, nobody is named against the pathway, and what is sent is current."""

from collections.abc import Iterator

from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from regulatory.models import Filing
from regulatory.pack.fields import FIELDS
from regulatory.pack.grounds import ground_of, what_changed
from regulatory.pack.library import name_rule, order_for, words_of
from regulatory.pathway import profile_of, rule_named

_SAID = {
    "required": "The pathway requires the patient's name on what is filed.",
    "allowed": "The pathway allows the patient's name on what is filed.",
    "forbidden": "The pathway forbids the patient's name on what is filed.",
    "not_asked": "The authority's form asks for initials, not for the name.",
    "": "The pathway does not say whether the patient's name may stand on what is filed.",
}


@requirement(
    "PackHasNoBlank",
    "Every line of the data sheet has its value",
    on=("regulatory.filing.make_pack",),
    satisfied_by="whoever owes the value",
    rule="house rule R-13, version 1: a missing line blocks, it is never printed blank",
)
def pack_has_no_blank(situation: Situation) -> Iterator[Finding]:
    filing = situation.record(Filing)
    ground = ground_of(filing, quantity=situation.facts.get("quantity"))
    labels = words_of("en")["fields"]
    codes = [code for _, codes in order_for(ground.profile)["sections"] for code in codes]
    wanted = [code for code in codes if code != "patient_name" or situation.facts.get("naming") == "name"]
    missing = [FIELDS[code] for code in wanted if FIELDS[code].needed and not FIELDS[code].is_there(ground)]
    for field in missing:
        yield Finding(
            met=False,
            fact=f"{labels[field.code]} is empty. {field.where[0]}.".replace(" .", ""),
            sentence=f"{labels[field.code]} is known",
            code=f"PackHasNoBlank:{field.code}",
            remedy=field.where if field.where[1] else None,
        )
    if not missing:
        yield Finding(met=True, fact=f"All {len(wanted)} lines can be filled.", code="PackHasNoBlank:all")


@requirement(
    "PackNamesAsAllowed",
    "The patient is named as the pathway says",
    on=("regulatory.filing.make_pack",),
    satisfied_by="you, by choosing how the patient is named",
    rule="the pathway's privacy rule",
)
def pack_names_as_allowed(situation: Situation) -> Finding:
    version = situation.record(Filing).profile_version
    rule, fact = name_rule(profile_of(version))
    chosen = situation.facts.get("naming", "name" if rule == "required" else "initials")
    clashes = {("forbidden", "name"), ("not_asked", "name"), ("required", "initials")}
    told = "Chosen: the full name." if chosen == "name" else "Chosen: initials only."
    return Finding(
        met=(rule, chosen) not in clashes,
        fact=f"{_SAID[rule]} {told}",
        rule=rule_named(version, "privacy rule"),
        sources=(fact,) if fact else (),
    )


@requirement(
    "PackIsCurrent",
    "The pack holds the papers as they stand",
    on=("regulatory.filing.submit",),
    satisfied_by="you, by making the pack again",
    rule="house rule R-14, version 1: what is sent is what is on file",
)
def pack_is_current(situation: Situation) -> Finding:
    filing = situation.record(Filing)
    if filing.pack is None:
        return Finding(met=True, fact="No pack was made here; the proof shows what was sent.")
    changed = what_changed(filing)
    if changed:
        return Finding(
            met=False,
            fact=f"Since {filing.pack.label} was made, this changed: {', '.join(changed)}.",
            sources=(filing.pack.label,),
            remedy=("Make the pack again", f"regulatory.filing.make_pack/{filing.label}"),
        )
    return Finding(met=True, fact=f"{filing.pack.label} is current.", sources=(filing.pack.label,))
