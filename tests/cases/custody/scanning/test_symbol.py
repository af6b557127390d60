"""Print, decode, parse: a decoder that is not ours reads the house's drawing, and the house another encoder's."""

import string

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cases.custody.scanning.reading import SET_82, read_scan
from cases.custody.scanning.scanner import TEST_TEXT, losses
from cases.custody.scanning.symbol import SIZES, TooMuchText, drawn, element_string, modules_of

GTIN = "00399999000123"
FIELD = st.text(alphabet=sorted(SET_82 - set("()<>")), min_size=1, max_size=20)

# That encoder names a symbology of its own for some texts of signs alone; packs print letters and digits.
LETTERED = st.text(alphabet=string.ascii_letters + string.digits, min_size=2, max_size=20)


def printed(text: str) -> Image.Image:
    """The symbol as a picture, eight pixels a module, with its quiet zone."""
    grid = modules_of(text)
    side = len(grid) + 4
    picture = Image.new("L", (side, side), 255)
    for y, row in enumerate(grid):
        for x, dark in enumerate(row):
            if dark:
                picture.putpixel((x + 2, y + 2), 0)
    return picture.resize((side * 8, side * 8), Image.Resampling.NEAREST)


def decoded(picture: object) -> str:
    (found,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.DataMatrix)
    # By what it holds: for some texts of its own encoder it names a symbology that ISO/IEC 16022 does not know.
    symbology = "]d2" if found.content_type == zxingcpp.ContentType.GS1 else found.symbology_identifier
    return symbology + found.bytes.decode("ascii")


@settings(max_examples=60, deadline=None)
@given(lot=FIELD, serial=FIELD)
def test_what_the_house_draws_is_decoded_and_parsed_to_the_same_four_fields(lot: str, serial: str) -> None:
    text = element_string(gtin=GTIN, expiry="270831", lot=lot, serial=serial)

    came = decoded(printed(text))

    scan = read_scan(came)
    assert came == f"]d2{text}"
    assert (scan.gtin, scan.printed, scan.lot, scan.serial, scan.symbology) == (GTIN, "270831", lot, serial, "d2")
    assert scan.warnings == ()


@settings(max_examples=30, deadline=None)
@given(lot=LETTERED, serial=LETTERED)
def test_what_another_encoder_draws_is_parsed_to_the_same_four_fields(lot: str, serial: str) -> None:
    symbol = zxingcpp.create_barcode(
        f"(01){GTIN}(17)270831(10){lot}(21){serial}", zxingcpp.BarcodeFormat.DataMatrix, gs1=True
    )

    scan = read_scan(decoded(symbol.to_image(scale=6)))

    assert (scan.gtin, scan.printed, scan.lot, scan.serial) == (GTIN, "270831", lot, serial)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size.side))
def test_every_size_is_decoded(size: object) -> None:
    text = "9".ljust(2 * size.data - 2, "1")  # type: ignore[attr-defined]

    assert len(modules_of(text)) == size.side  # type: ignore[attr-defined]
    assert decoded(printed(text)) == f"]d2{text}"


def test_what_no_symbol_holds_is_refused() -> None:
    with pytest.raises(TooMuchText, match="do not fit into a symbol of 48 modules"):
        modules_of("x" * 200)


def test_the_drawing_is_black_on_white_with_its_quiet_zone() -> None:
    svg = drawn(TEST_TEXT, millimetres=0.5)

    assert 'viewBox="0 0 26 26"' in svg
    assert 'width="13.0mm"' in svg
    assert "<style" not in svg
    assert "style=" not in svg


def test_the_test_symbol_arrives_whole_from_a_decoder() -> None:
    assert losses(decoded(printed(TEST_TEXT))) == []
