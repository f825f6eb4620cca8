import copy
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licenses.drafts import LicenseDraft, draft_from_request
from licenses.errors import InvalidDraft, LicenseError, UnknownLicenseType, UnprintableText
from tests.fakes.license_pages import CATALOG, TODAY

CLINIC = CATALOG.get("animal_clinic")
SEEDS = CATALOG.get("seed_business")


def draft(
    slug: str = "animal_clinic", change: Callable[[Any], None] = lambda r: None
) -> LicenseDraft:
    request = copy.deepcopy(dict(CATALOG.get(slug).sample))
    change(request)
    return draft_from_request(CATALOG, request, today=TODAY)


def faults_of(change: Callable[[Any], None], slug: str = "animal_clinic") -> dict[str, str]:
    with pytest.raises(InvalidDraft) as caught:
        draft(slug, change)
    return dict(caught.value.faults)


def test_a_request_that_fits_becomes_a_draft_of_today() -> None:
    made = draft()
    assert made.license_type is CLINIC
    assert made.holder.name == CLINIC.sample["holder"]["name"]
    assert (made.issue_date, made.valid_from, made.valid_until) == (TODAY, TODAY, None)


def test_a_fixed_term_is_computed_from_the_day_it_begins() -> None:
    made = draft("pesticide_business", lambda r: r.update(valid_from="2027-01-01"))
    assert (made.valid_from, made.valid_until) == (date(2027, 1, 1), date(2031, 12, 31))


def test_a_term_may_be_asked_for_where_the_type_allows_and_is_the_longest_otherwise() -> None:
    assert draft("seed_business").valid_until == date(2031, 11, 22)
    shorter = draft("seed_business", lambda r: r.update(valid_until="2028-05-31"))
    assert shorter.valid_until == date(2028, 5, 31)


@pytest.mark.parametrize("last", ["2031-11-23", "2026-11-22"])
def test_a_term_longer_than_the_law_allows_or_ended_before_it_began_is_refused(last: str) -> None:
    faults = faults_of(lambda r: r.update(valid_until=last), "seed_business")
    assert "2026-11-23 to 2031-11-22" in faults["/valid_until"]


def test_a_last_day_is_refused_where_the_type_decides_it() -> None:
    assert "decides" in faults_of(lambda r: r.update(valid_until="2030-01-01"))["/valid_until"]


@pytest.mark.parametrize("text", ["20261123", "2026-11-31", "2026-1-1", "９９９９-01-01", "", "x"])
def test_a_date_that_is_none_is_refused(text: str) -> None:
    assert "YYYY-MM-DD" in faults_of(lambda r: r.update(valid_from=text))["/valid_from"]


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31", "2025-11-21"])
def test_a_licence_begins_within_a_year_of_its_issue(text: str) -> None:
    assert "within a year" in faults_of(lambda r: r.update(valid_from=text))["/valid_from"]


def test_every_fault_is_named_at_once_and_in_its_place() -> None:
    def spoil(request: Any) -> None:
        request["holder"].update(code="123", name=" 样例 ")
        request["fields"].update(scope="", premises=5, surprise=1)
        del request["fields"]["legal_representative"]
        request["valid_from"] = "soon"

    faults = faults_of(spoil)
    assert {
        "/holder/code",
        "/holder/name",
        "/fields/scope",
        "/fields/premises",
        "/valid_from",
    } <= set(faults)
    assert "/fields" in faults


def test_a_sentence_never_repeats_what_was_sent() -> None:
    def spoil(request: Any) -> None:
        request["holder"].update(code="SECRET0", code_type="001")
        request["fields"]["scope"] = "秘密" * 200

    with pytest.raises(InvalidDraft) as caught:
        draft(change=spoil)
    assert "秘密" not in repr(caught.value.faults)
    assert "SECRET" not in repr(caught.value.faults)


def test_a_missing_glyph_alone_is_an_unprintable_text() -> None:
    with pytest.raises(UnprintableText, match=r"𠮷 \(U\+20BB7\)"):
        draft(change=lambda r: r["holder"].update(name="𠮷野家"))


def test_texts_deep_in_lists_are_checked_too() -> None:
    faults = faults_of(
        lambda r: r["fields"]["uses"][1].update(crop="\u200b水稻"), "pesticide_registration"
    )
    assert "U+200B" in faults["/fields/uses/1/crop"]


def test_unknown_keys_and_missing_ones_are_refused_at_the_top() -> None:
    assert "surprise" in faults_of(lambda r: r.update(surprise=1))[""]
    assert "holder" in faults_of(lambda r: r.pop("holder"))[""]


def test_an_unknown_type_is_not_a_fault_but_unknown() -> None:
    with pytest.raises(UnknownLicenseType, match="'nothing'"):
        draft(change=lambda r: r.update(license_type="nothing"))


def test_a_person_cannot_hold_what_only_organizations_hold() -> None:
    def person(request: Any) -> None:
        request["holder"] = {"name": "样例", "code": "11010519491231002X", "code_type": "111"}

    assert "kind of holder" in faults_of(person, "seed_business")["/holder/code_type"]
    assert draft("animal_clinic", person).holder.code_type == "111"


def test_an_unknown_code_type_is_refused() -> None:
    assert "/holder/code_type" in faults_of(lambda r: r["holder"].update(code_type="777"))


def nested(depth: int) -> list[Any]:
    return [] if depth == 0 else [nested(depth - 1)]


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r["fields"].update(scope=nested(700)),
        lambda r: r.update(holder=nested(700)),
        lambda r: r["fields"].update({"\ud800": 1}),
        lambda r: r.update({"\ud800": 1}),
        lambda r: r["fields"].update(scope="\ud800"),
        lambda r: r["fields"].update(scope=10**400),
        lambda r: r["fields"].update(scope=float("nan")),
        lambda r: r["fields"].update({f"x{i}": "\u200b" for i in range(1000)}),
    ],
)
def test_hostile_json_gets_a_bounded_answer_that_can_be_sent(change: Callable[[Any], None]) -> None:
    with pytest.raises(InvalidDraft) as caught:
        draft(change=change)
    assert 0 < len(caught.value.faults) <= 50
    repr(caught.value.faults).encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.sampled_from(["license_type", "holder", "fields", "valid_from", "valid_until", "x"]), JSON
)
def test_no_request_raises_anything_but_our_errors(key: str, value: Any) -> None:
    with suppress(LicenseError):
        draft(change=lambda r: r.update({key: value}))


def test_faults_of_fields_are_pointed_at_with_escapes() -> None:
    faults = faults_of(lambda r: r["fields"].update({"a/b~c": "\u200b"}))
    assert "/fields/a~1b~0c" in faults


def test_a_draft_shows_no_fields_by_its_repr() -> None:
    assert CLINIC.sample["fields"]["premises"] not in repr(draft())
    assert SEEDS.sample["holder"]["name"] not in repr(draft("seed_business"))
