import pytest
from hypothesis import given
from hypothesis import strategies as st

from licenses.errors import InvalidIdentifier
from licenses.identifiers import ROOT, LicenseIdentifier, check_character

# Identifiers of real systems, whose check characters were recomputed.
REAL = (
    "11100000000013338W011.11430000006122244L.20230000403.001.U",
    "11100000000013338W009.11330105002500287C.2025052201.002.0",
    "11100000MB03271699022.340100.000000016.001.9",
    "11100000000013338W087.11370800MB28559184.37080001202411010001.001.3",
)
CODE = st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=18, max_size=18)
SERIAL = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=40)


def identifier_of(text: str, *, tolerant: bool = False) -> LicenseIdentifier:
    return LicenseIdentifier.parse(f"{ROOT}.{text}", tolerate_wrong_check=tolerant)


@pytest.mark.parametrize("text", REAL)
def test_identifiers_in_use_have_the_check_character_we_compute(text: str) -> None:
    read = identifier_of(text)
    assert read.has_valid_check
    assert str(read) == f"{ROOT}.{text}"


@given(CODE, CODE, SERIAL, st.integers(1, 999))
def test_what_is_built_is_read_again(body: str, issuer: str, serial: str, version: int) -> None:
    built = LicenseIdentifier.build(
        type_code=body + "001", issuer_code=issuer, serial=serial, version=version
    )
    assert LicenseIdentifier.parse(str(built), tolerate_wrong_check=False) == built


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=60), st.data())
def test_one_wrong_character_always_changes_the_check(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(
        st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ").filter(lambda c: c != text[at])
    )
    assert check_character(text) != check_character(text[:at] + other + text[at + 1 :])


def test_a_wrong_check_character_is_refused_unless_it_is_tolerated() -> None:
    text = REAL[1][:-1] + "M"
    with pytest.raises(InvalidIdentifier, match="check character"):
        identifier_of(text)
    assert not identifier_of(text, tolerant=True).has_valid_check


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1.2.156.3005.2",
        f"{ROOT}.x",
        f"1.2.156.3005.3.{REAL[1]}",
        f"{ROOT}.{REAL[1]}.1",
        f"{ROOT}.{REAL[1]}\n",
        f"{ROOT}.{REAL[2].replace('.001.', '.000.')}",
        f"{ROOT}.{REAL[2].replace('000000016', 'x')}",
        f"{ROOT}.{REAL[2].replace('000000016', '1' * 41)}",
        ROOT + ".1" * 10_000,
    ],
)
def test_what_is_not_an_identifier_is_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier):
        LicenseIdentifier.parse(text, tolerate_wrong_check=True)


@pytest.mark.parametrize(
    "change",
    [
        {"type_code": "1"},
        {"issuer_code": "34010"},
        {"serial": "a"},
        {"version": 0},
        {"version": 1000},
    ],
)
def test_parts_that_cannot_stand_in_an_identifier_are_refused(change: dict[str, object]) -> None:
    good = {
        "type_code": "11100000000013338W011",
        "issuer_code": "340100",
        "serial": "1",
        "version": 1,
    }
    with pytest.raises(InvalidIdentifier):
        LicenseIdentifier.build(**{**good, **change})  # type: ignore[arg-type]


def test_small_letters_have_no_check_character() -> None:
    with pytest.raises(InvalidIdentifier, match="'a'"):
        check_character("1a")
