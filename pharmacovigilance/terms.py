"""The words of seriousness and of the circumstances that reporting rules ask for."""

from typing import Final

# ICH E2A section II.B; the codes are those of the reporting rules.
CRITERIA: Final = (
    ("death", "death"),
    ("life_threatening", "life-threatening"),
    ("hospitalisation", "hospital admission, or a longer stay"),
    ("disability", "disability or incapacity"),
    ("congenital_anomaly", "congenital anomaly"),
    ("other_medically_important", "otherwise medically important"),
)
NOT_SERIOUS: Final = "not_serious"
SERIOUSNESS: Final = (*CRITERIA, (NOT_SERIOUS, "not serious"), ("not_known", "not known"))
CRITERION_CODES: Final = frozenset(code for code, _ in CRITERIA)

SPECIAL_SITUATIONS: Final = (
    ("pregnancy_exposure", "exposure in pregnancy"),
    ("abnormal_pregnancy_outcome", "abnormal outcome of a pregnancy"),
    ("overdose", "overdose"),
    ("abuse", "abuse"),
    ("misuse", "misuse"),
    ("medication_error", "medication error"),
    ("occupational_exposure", "occupational exposure"),
    ("off_label", "use off the plan"),
    ("lack_of_effect", "lack of effect"),
    ("falsified", "suspected falsified product"),
    ("product_complaint", "complaint about the product or its quality"),
)
# Without a reaction such a report is no ICSR: it is kept and followed (facts: pharmacovigilance 3.3).
NO_ICSR_WITHOUT_REACTION: Final = frozenset(
    {"overdose", "abuse", "misuse", "medication_error", "occupational_exposure", "off_label"}
)
# Of these a pack or lot is suspect, whatever happened to the patient.
ABOUT_THE_PRODUCT: Final = frozenset({"falsified", "product_complaint"})
PRODUCT_CLASSES: Final = (
    ("chemical", "chemical"),
    ("vaccine", "vaccine"),
    ("contraceptive", "contraceptive"),
    ("au_biological", "biological in the Australian sense (cells, tissues)"),
    ("other", "other"),
    ("not_known", "not known"),
)
YES_NO_NOT_KNOWN: Final = (("yes", "yes"), ("no", "no"), ("not_known", "not known"))
# Facts that hold only when somebody says so; unticked means that the assessor saw no sign of it.
CIRCUMSTANCES: Final = (
    ("treated_in_hospital", "the event was treated in a hospital"),
    ("serious_public_health_threat", "serious threat to public health"),
    ("significant_safety_issue", "significant safety issue"),
    ("safety_doubt", "doubt about the safety or quality of the product"),
    ("could_have_been_serious", "could have been serious without treatment"),
    ("substantial_untoward_effect", "substantial untoward effect"),
    ("treated_condition_life_threatening", "the treated condition is life-threatening"),
    ("new_formulation_first_12_months", "new formulation in its first 12 months"),
    ("foreign_authority_action", "action of a foreign authority"),
    ("cluster_same_product_place", "cluster: same product, same place"),
    ("needed_to_prevent_harm", "a report is needed to prevent harm"),
    ("paper_form_received", "received on a paper form"),
)

# What a report is about, in the words of the reporting rules.
REPORT_KINDS: Final = {
    "serious": "serious event",
    "serious_unexpected": "serious unexpected event",
    "fatal_life_threatening": "fatal or life-threatening event",
    "non_serious": "event that is not serious",
    "any_suspected_reaction": "any suspected reaction, serious or not",
    "quality_defect": "quality defect",
    "falsified_product": "falsified product",
    "lack_of_effect": "lack of effect",
    "pregnancy": "pregnancy",
    "medication_error": "medication error or another special situation",
    "outcome_report": "results of the treatment",
    "periodic": "report of a period",
    "follow_up": "follow-up information",
    "benefit_risk_change": "change of benefit or risk",
    "record_only": "kept, not sent",
    "reconciliation": "comparison of lists",
}

# States of a version in which what it says may still be changed.
OPEN_VERSION: Final = ("draft", "assessed")

# Words of ICH E2B(R3) by their codes.
SEXES: Final = (("", "not known"), ("1", "male"), ("2", "female"))
AGE_UNITS: Final = (("a", "years"), ("mo", "months"), ("wk", "weeks"), ("d", "days"))
AGE_GROUPS: Final = (
    ("", "not known"),
    ("0", "not born yet"),
    ("1", "newborn"),
    ("2", "infant"),
    ("3", "child"),
    ("4", "adolescent"),
    ("5", "adult"),
    ("6", "elderly"),
)
OUTCOMES: Final = (
    ("1", "recovered"),
    ("2", "recovering"),
    ("3", "not recovered, or ongoing"),
    ("4", "recovered with lasting effects"),
    ("5", "fatal"),
    ("0", "not known"),
)
FATAL: Final = "5"
WITH_SEQUELAE: Final = "4"
ROLES: Final = (
    ("1", "suspect"),
    ("2", "taken beside it"),
    ("3", "interacting"),
    ("4", "not given"),
)
ACTIONS: Final = (
    ("1", "stopped"),
    ("2", "dose reduced"),
    ("3", "dose increased"),
    ("4", "dose unchanged"),
    ("0", "not known"),
    ("9", "does not apply"),
)
HAPPENED: Final = (
    ("yes", "yes"),
    ("no", "no"),
    ("not_applicable", "does not apply"),
    ("not_known", "not known"),
)

LINKED: Final = "linked"
LOT_STATUSES: Final = (
    (LINKED, "linked to a lot of ours"),
    ("reported_only", "the reporter's word only"),
    ("asked_unknown", "asked, not known"),
    ("not_asked", "not asked yet"),
)
SOURCES: Final = (("reporter", "the reporter"), ("pharmacist", "the pharmacist"))
WHOLE, WHO_UMC, NARANJO, EXPECTEDNESS = "whole", "who_umc", "naranjo", "expectedness"
RECHALLENGE: Final = "rechallenge"
# Of one event and one product (G.k.9.i.4).
GIVEN_AGAIN: Final = (
    ("came_back", "yes, and it came back"),
    ("stayed_away", "yes, and it did not come back"),
    ("outcome_unknown", "yes, what happened is not known"),
    ("no", "no, it was not given again"),
)
METHODS: Final = (
    (WHO_UMC, "WHO-UMC"),
    (NARANJO, "Naranjo"),
    (WHOLE, "as a whole"),
    (EXPECTEDNESS, "expectedness"),
    (RECHALLENGE, "given again"),
)
