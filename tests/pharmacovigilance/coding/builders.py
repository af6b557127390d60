"""Dictionary files in the layout of MedDRA's, with invented labels: no term of MedDRA stands in this repository."""

from collections.abc import Iterable

FEVER, CHILLS, OLD = "10000001", "10000002", "10000003"


def llt_line(code: str, words: str, parent: str, currency: str = "Y") -> str:
    return f"{code}${words}${parent}$$$$$$${currency}$$"


def pt_line(code: str, words: str) -> str:
    return f"{code}${words}$$10900001$$$$$$$$"


LLT_LINES = (
    llt_line(FEVER, "Invented label alpha", FEVER),
    llt_line(CHILLS, "Invented label beta of alpha", FEVER),
    llt_line(OLD, "Invented label gamma", FEVER, "N"),
)
PT_LINES = (pt_line(FEVER, "Invented label alpha"),)


def as_file(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode()


LLT_FILE, PT_FILE = as_file(LLT_LINES), as_file(PT_LINES)
EDQM_FILE = b"code,term\r\n10000101,Invented form\r\n10000102,Another invented form\r\n"
