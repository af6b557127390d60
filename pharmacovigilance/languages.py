"""Languages as people choose them (ISO 639-1) and as a message says them (ISO 639-2, bibliographic)."""

from typing import Final

NOT_DETERMINED: Final = "und"
_TABLE: Final = """
    af:afr am:amh ar:ara az:aze be:bel bg:bul bn:ben bs:bos ca:cat cs:cze cy:wel da:dan de:ger el:gre en:eng
    es:spa et:est eu:baq fa:per fi:fin fil:fil fr:fre ga:gle gl:glg gu:guj he:heb hi:hin hr:hrv hu:hun hy:arm
    id:ind is:ice it:ita ja:jpn ka:geo kk:kaz km:khm kn:kan ko:kor ku:kur lo:lao lt:lit lv:lav mk:mac ml:mal
    mn:mon mr:mar ms:may mt:mlt my:bur nb:nob ne:nep nl:dut nn:nno no:nor pa:pan pl:pol ps:pus pt:por ro:rum
    ru:rus si:sin sk:slo sl:slv so:som sq:alb sr:srp sv:swe sw:swa ta:tam te:tel th:tha ti:tir tl:tgl tr:tur
    uk:ukr ur:urd uz:uzb vi:vie xh:xho yo:yor zh:chi zu:zul
"""
_THREE_LETTERS: Final = dict(pair.split(":") for pair in _TABLE.split())


def three_letters(language: str) -> str:
    """``ger`` for ``de``, ``de-CH`` and ``ger``; ``und`` where nobody here knows it."""
    first = language.partition("-")[0].strip().lower()
    if first in _THREE_LETTERS:
        return _THREE_LETTERS[first]
    return first if len(first) == 3 and first.isascii() and first.isalpha() else NOT_DETERMINED
