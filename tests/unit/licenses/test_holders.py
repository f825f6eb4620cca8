import pytest

from licenses.holders import CODE_TYPES, Holder, fault_in_code

USCCS = (
    "11430000006122244L",
    "11100000000013338W",
    "11330105002500287C",
    "11370800MB28559184",
    "11100000MB03271699",
    "11100000000013661B",
)


@pytest.mark.parametrize("code", USCCS)
def test_real_social_credit_codes_pass(code: str) -> None:
    assert fault_in_code(code, "001") is None


@pytest.mark.parametrize("code", USCCS)
def test_every_single_slip_in_a_social_credit_code_is_found(code: str) -> None:
    for at in range(18):
        slipped = code[:at] + ("1" if code[at] != "1" else "2") + code[at + 1 :]
        assert "check character" in str(fault_in_code(slipped, "001"))


def test_codes_with_letters_that_no_social_credit_code_has_are_refused() -> None:
    assert "18 digits" in str(fault_in_code("1110000000001333I8", "001"))
    assert "18 digits" in str(fault_in_code("11100000000013338w", "001"))


def test_the_resident_identity_number_of_the_standard_passes() -> None:
    # The example of GB 11643-1999, annex A.
    assert fault_in_code("11010519491231002X", "111") is None
    assert fault_in_code("440524188001010014", "111") is None


def test_wrong_resident_identity_numbers_are_told_apart() -> None:
    assert "check digit" in str(fault_in_code("110105194912310021", "111"))
    assert "day of birth" in str(fault_in_code("11010519490231002X", "111"))
    assert "18 digits" in str(fault_in_code("11010519491231002x", "111"))
    assert "18 digits" in str(fault_in_code("１1010519491231002X", "111"))


@pytest.mark.parametrize("code_type", sorted(set(CODE_TYPES) - {"001", "111"}))
def test_other_codes_are_bounded_texts(code_type: str) -> None:
    assert fault_in_code("00001", code_type) is None
    assert fault_in_code("E12345678", code_type) is None
    assert fault_in_code("1" * 41, code_type) is not None
    assert fault_in_code("1\n", code_type) is not None


def test_a_holder_is_not_shown_by_its_repr() -> None:
    assert "样例" not in repr(Holder("样例", "11010519491231002X", "111"))
    assert "1101" not in repr(Holder("样例", "11010519491231002X", "111"))
