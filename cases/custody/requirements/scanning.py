"""On reading a pack: the code can be read without doubt, and what is typed is typed by two people (invariant I16)."""

from cases.custody.models import PackReading
from cases.custody.requirements.looked_up import units
from cases.custody.scanning.packs import beside, differing_fields, expected_of, nearest, text_of
from cases.custody.scanning.reading import ScanRefused, read_against
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation

READ = "custody.consignment.read_pack"


@requirement(
    "PackIsReadable",
    "The code is that of one pack and can be read without doubt",
    on=(READ,),
    satisfied_by="whoever scans: scan again, put the scanner right, or type what is printed",
    rule="house rule C-81, version 1 (GS1 General Specifications 3.2, 4.15, 7.8)",
)
def pack_is_readable(situation: Situation) -> Finding:
    text = situation.facts.get("text")
    if text is None:
        return Finding(met=True, fact="The pack is scanned in the form.")
    try:
        scan = read_against(text, [expected_of(unit) for unit in units(situation)])
    except ScanRefused as refusal:
        where = f" (character {refusal.position})" if refusal.position else ""
        return Finding(met=False, fact=f"{refusal}{where}", code=f"PackIsReadable:{refusal.code}")
    return Finding(met=True, fact=f"GTIN {scan.gtin}, lot {scan.lot}, expiry {scan.expiry}, serial {scan.serial}.")


@requirement(
    "TypedByTwo",
    "A pack that is typed is typed by two people, each from the pack",
    on=(READ,),
    satisfied_by="a second person with the pack in hand",
    rule="house rule C-82, version 1 (custody invariant I16)",
)
def typed_by_two(situation: Situation) -> Finding:
    text, how = situation.facts.get("text"), situation.facts.get("entry_method")
    if text is None or how != PackReading.EntryMethod.TYPED:
        return Finding(met=True, fact="A scanner or camera needs no second person.")
    try:
        pack = text_of(read_against(text, [expected_of(unit) for unit in units(situation)]))
    except ScanRefused:
        return Finding(met=True, fact="Judged once the code can be read.")
    unit = nearest(pack, units(situation))
    if unit is None or differing_fields(beside(pack, unit)):
        return Finding(met=True, fact="It is recorded as it was typed: not as sent.")
    if PackReading.objects.filter(unit=unit, read_by=situation.by, entry_method=how, differs="").exists():
        return Finding(
            met=False,
            fact=f"{situation.by.display_name} typed {unit.serial} before: another person does it.",
        )
    return Finding(met=True, fact=f"{situation.by.display_name} types {unit.serial} for the first time.")
