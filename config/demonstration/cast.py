"""Who and what the demonstration is about. Everybody and everything here is plainly invented."""

from dataclasses import dataclass
from datetime import date

PASSWORD = "demonstration-only"  # noqa: S105 - of invented people, said on the sign-in page, refused in production
PHARMACY = "Harrow Street Pharmacy"
NURSE_AT = "gb"  # where a nurse prepares for the doctor


@dataclass(frozen=True)
class Person:
    key: str
    email: str
    name: str
    role: str
    what: str
    place: str = ""


@dataclass(frozen=True)
class Place:
    key: str
    name: str
    city: str
    country: str
    zone: str


@dataclass(frozen=True)
class Doctor:
    place: str
    name: str
    specialty: str
    licence: str
    authority: str
    licence_days: int = 900


@dataclass(frozen=True)
class Product:
    key: str
    name: str
    strength: str
    form: str
    unit: str
    storage: str
    gtin: str


STAFF = (
    Person("coordinator", "ostby@harrow.example", "M. Ostby", "coordinating_pharmacist", "runs cases"),
    Person("second", "adeyemi@harrow.example", "T. Adeyemi", "coordinating_pharmacist", "runs cases, second person"),
    Person("pic", "lindqvist@harrow.example", "H. Lindqvist", "pharmacist_in_charge", "signs reviews and releases"),
    Person("admin", "steward@harrow.example", "B. Steward", "administrator", "users, pathways, audits"),
    Person("auditor", "ledger@audit.example", "Q. Ledger", "auditor", "reads everything in scope, changes nothing"),
)

PLACES = (
    Place("gb", "Fairhaven General Hospital", "Fairhaven", "GB", "Europe/London"),
    Place("au", "Coolabah Base Hospital", "Coolabah", "AU", "Australia/Sydney"),
    Place("ca", "Maple Inlet Hospital", "Maple Inlet", "CA", "America/Toronto"),
    Place("nz", "Kauri Bay Hospital", "Kauri Bay", "NZ", "Pacific/Auckland"),
    Place("de", "Klinikum Lindenau", "Lindenau", "DE", "Europe/Berlin"),
    Place("fr", "Hôpital du Vieux Pont", "Vieux-Pont", "FR", "Europe/Paris"),
    Place("ie", "Glenmoor University Hospital", "Glenmoor", "IE", "Europe/Dublin"),
    Place("za", "Protea Ridge Hospital", "Protea Ridge", "ZA", "Africa/Johannesburg"),
    Place("sg", "Straits Gardens Hospital", "Singapore", "SG", "Asia/Singapore"),
    Place("hk", "Lantern Hill Hospital", "Hong Kong", "HK", "Asia/Hong_Kong"),
    Place("il", "Carob Hill Medical Centre", "Carob Hill", "IL", "Asia/Jerusalem"),
    Place("sa", "Palm Oasis Hospital", "Palm Oasis", "SA", "Asia/Riyadh"),
    Place("ae", "Creek Dunes Hospital", "Creek Dunes", "AE", "Asia/Dubai"),
    Place("my", "Rumah Sakit Kenanga", "Kenanga", "MY", "Asia/Kuala_Lumpur"),
    Place("mx", "Hospital Valle Claro", "Valle Claro", "MX", "America/Mexico_City"),
    Place("tr", "Çınar Vadisi Hastanesi", "Çınar Vadisi", "TR", "Europe/Istanbul"),
)

DOCTORS = (
    Doctor("gb", "Dr L. Ferrante", "haematology", "INV-GB-101", "Invented Medical Council", 130),
    Doctor("au", "Dr P. Marchetti", "oncology", "INV-AU-102", "Invented Practitioner Board"),
    Doctor("ca", "Dr E. Fournier", "neurology", "INV-CA-103", "Invented College of Physicians"),
    Doctor("nz", "Dr W. Tamati", "paediatrics", "INV-NZ-104", "Invented Medical Council"),
    Doctor("de", "Dr A. Brandt", "immunology", "INV-DE-105", "Invented Ärztekammer"),
    Doctor("fr", "Dr C. Delorme", "oncology", "INV-FR-106", "Invented Ordre"),
    Doctor("ie", "Dr S. Keogh", "metabolic medicine", "INV-IE-107", "Invented Medical Council"),
    Doctor("za", "Dr N. Dlamini", "oncology", "INV-ZA-108", "Invented Professions Council"),
    Doctor("sg", "Dr J. Lim", "haematology", "INV-SG-109", "Invented Medical Council"),
    Doctor("hk", "Dr K. Lau", "nephrology", "INV-HK-110", "Invented Medical Council"),
    Doctor("il", "Dr D. Barak", "neurology", "INV-IL-111", "Invented Medical Association"),
    Doctor("sa", "Dr R. Haddad", "haematology", "INV-SA-112", "Invented Commission", 40),
    Doctor("ae", "Dr O. Farouk", "oncology", "INV-AE-113", "Invented Health Authority"),
    Doctor("my", "Dr Z. Rahman", "paediatrics", "INV-MY-114", "Invented Medical Council"),
    Doctor("mx", "Dra. V. Lozano", "rheumatology", "INV-MX-115", "Invented Colegio"),
    Doctor("tr", "Dr H. Aydın", "oncology", "INV-TR-116", "Invented Tabip Odası"),
)

PRODUCTS = (
    Product("orv", "orvelumab", "150 mg/mL", "solution for injection", "vial", "refrigerated", "00312345000011"),
    Product("bre", "brenzatinib", "40 mg", "tablet", "pack", "room", "00312345000028"),
    Product("pir", "pirelastat", "20 mg", "capsule", "pack", "room", "00312345000035"),
    Product("sul", "sulvadenase", "5 mg", "powder for infusion", "vial", "refrigerated", "00312345000042"),
    Product("cel", "celbrigene", "2 × 10⁶ cells", "dispersion", "bag", "cryo", "00312345000059"),
)

# What the label of one medicine asks of its journey: codes of cases.custody.handling, hours from dispatch, the source.
# The first story that plans a supply states it; all supplies of one medicine here go to one place, played in order.
HANDLING = {
    "sul": (("do_not_freeze", "keep_dark", "no_opening"), 144, "Invented label, section 6.4, as of 3 March 2025"),
}

INDICATIONS = {
    "orv": "invented refractory cytopenia",
    "bre": "invented tyrosine kinase disorder",
    "pir": "invented elastase deficiency",
    "sul": "invented lysosomal storage disease",
    "cel": "invented relapsed lymphoma",
}

GIVEN = ("Ada", "Benno", "Clio", "Dario", "Edda", "Fabio", "Greta", "Hugo", "Ines", "Jonas", "Klara", "Leon")
FAMILY = ("Example", "Specimen", "Placeholder", "Sample", "Testcase", "Muster", "Fixture", "Demo")


def patient_of(number: int) -> tuple[str, str, date, str]:
    """Given names, family name, birth date and record number of the n-th invented patient; always the same."""
    given = GIVEN[number % len(GIVEN)]
    family = f"{FAMILY[number % len(FAMILY)]}-{number:02d}"
    return given, family, date(1950 + (number * 7) % 65, 1 + number % 12, 1 + (number * 5) % 28), f"INV-{number:04d}"
