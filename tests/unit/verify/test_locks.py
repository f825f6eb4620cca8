"""What a signature forbids later is kept: DocMDP, FieldMDP and the lock of its field."""

from dataclasses import replace

import pytest

from tests.fakes.pdf_documents import Document, document, stream
from tests.fakes.signature_values import Token
from tests.fakes.signed_documents import Field, code_of, report_on, sealed, sealing, sign
from tests.fakes.sm2_people import world
from verify import Code, Indication
from verify.locks import FieldLock
from verify.report import CheckName

PLACE = b"[300 300 413.386 413.386]"
SECOND = replace(sealing(world()), name=b"Seal2", rect=PLACE)
UNSEEN = replace(SECOND, rect=b"[0 0 0 0]", image=None)
STAMP = Field(
    value=Token(world().tsa).over,
    name=b"Stamp1",
    entries=b"/Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161",
    image=None,
    rect=b"[0 0 0 0]",
)
PERMS = b"/Perms << /DocMDP 5 0 R >>"
MDP = b"<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /P %d /V /1.2 >> >>"
FIELDS = b"<< /Type /SigRef /TransformMethod /FieldMDP /TransformParams << %s >> >>"
NOTHING = b""


def first(references: bytes, *, widget: bytes = b"", catalog: bytes = b"") -> Document:
    how = replace(sealing(world()), widget=widget, catalog=catalog)
    more = b"/Reference [%s]" % references if references else b""
    return sign(document(), replace(how, more=more))


def certified(permission: int) -> Document:
    return first(MDP % permission, catalog=PERMS)


def changes(signed: Document, position: int = 0) -> str:
    return code_of(report_on(signed), CheckName.CHANGES, position)


def test_a_certification_against_any_change_covers_the_whole_file() -> None:
    assert report_on(certified(1)).indication is Indication.TOTAL_PASSED


def test_a_seal_that_is_upkeep_is_forbidden_by_a_certification_against_any_change() -> None:
    assert changes(sign(first(NOTHING), UNSEEN)) == Code.ONLY_UPKEEP_LATER
    report = report_on(sign(certified(1), UNSEEN))
    assert code_of(report, CheckName.CHANGES) == Code.CHANGE_NOT_PERMITTED
    assert report.indication is Indication.TOTAL_FAILED


def test_evidence_and_time_stamps_are_allowed_by_every_certification() -> None:
    signed = certified(1)
    catalog = signed.objects[1].replace(b"/DSS 10 0 R", b"/DSS 90 0 R")
    store = {1: catalog, 90: b"<< /Type /DSS /Certs [91 0 R] >>", 91: stream(b"x")}
    assert changes(signed.update(store)) == Code.ONLY_UPKEEP_LATER
    report = report_on(sign(signed, STAMP))
    assert report.indication is Indication.TOTAL_PASSED, report.signatures


@pytest.mark.parametrize("permission", [2, 3])
def test_a_certification_that_allows_signatures_allows_unseen_ones(permission: int) -> None:
    assert changes(sign(certified(permission), UNSEEN)) == Code.ONLY_UPKEEP_LATER
    assert changes(sign(certified(permission), SECOND)) == Code.CHANGE_NOT_PERMITTED


def test_an_annotation_is_a_change_even_where_the_certification_allows_comments() -> None:
    """Evil annotation attack: P=3 lets anybody paint."""
    signed = certified(3)
    page = signed.objects[3].replace(b"/Annots [", b"/Annots [90 0 R ")
    note = b"<< /Type /Annot /Subtype /FreeText /Rect [0 0 99 99] /Contents (paid) >>"
    assert changes(signed.update({3: page, 90: note})) == Code.CHANGED_AFTER_SEALING


def test_the_strictest_of_several_permissions_counts() -> None:
    locked = first(b"", widget=b"/Lock << /Type /SigFieldLock /Action /All /P 1 >>")
    assert changes(sign(locked, UNSEEN)) == Code.CHANGE_NOT_PERMITTED
    both = first(MDP % 3 + FIELDS % b"/Action /Include /Fields [(Amount)] /P 1", catalog=PERMS)
    assert changes(sign(both, UNSEEN)) == Code.CHANGE_NOT_PERMITTED


@pytest.mark.parametrize(
    ("lock", "code"),
    [
        (b"/Action /All", Code.FIELD_LOCKED),
        (b"/Action /Include /Fields [(Seal2)]", Code.FIELD_LOCKED),
        (b"/Action /Include /Fields [(Amount)]", Code.ONLY_UPKEEP_LATER),
        (b"/Action /Exclude /Fields [(Amount)]", Code.FIELD_LOCKED),
        (b"/Action /Exclude /Fields [(Seal2)]", Code.ONLY_UPKEEP_LATER),
    ],
)
@pytest.mark.parametrize("where", ["reference", "lock", "both"])
def test_a_locked_field_is_not_signed_later(lock: bytes, code: str, where: str) -> None:
    references = b"" if where == "lock" else FIELDS % lock
    widget = b"" if where == "reference" else b"/Lock << /Type /SigFieldLock %s >>" % lock
    assert changes(sign(first(references, widget=widget), SECOND)) == code


def test_a_time_stamp_is_no_change_of_a_locked_field() -> None:
    assert changes(sign(first(FIELDS % b"/Action /All"), STAMP)) == Code.ONLY_UPKEEP_LATER


@pytest.mark.parametrize(
    ("lock", "field", "holds"),
    [
        (FieldLock("/All", frozenset()), "a", True),
        (FieldLock("/Include", frozenset({"a"})), "a.b", True),
        (FieldLock("/Include", frozenset({"a"})), "ab", False),
        (FieldLock("/Exclude", frozenset({"a"})), "a.b", False),
        (FieldLock("/Exclude", frozenset({"a"})), "", True),
    ],
)
def test_a_name_stands_for_the_fields_below_it(lock: FieldLock, field: str, holds: bool) -> None:
    assert lock.holds(field) == holds


UNKNOWN = {
    "permission 7": MDP % 7,
    "permission of another kind": MDP.replace(b"%d", b"/Two"),
    "method": MDP.replace(b"/DocMDP", b"/UR3") % 2,
    "no method": b"<< >>",
    "twice": MDP % 2 + MDP % 3,
    "too many": b"<< >> " * 9,
    "action": FIELDS % b"/Action /Odd",
    "no names": FIELDS % b"/Action /Include",
    "names that are none": FIELDS % b"/Action /Include /Fields [/A]",
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_lock_that_is_not_understood_leaves_it_open(name: str) -> None:
    signed = first(UNKNOWN[name])
    for one in (signed, sign(signed, UNSEEN)):
        report = report_on(one)
        assert code_of(report, CheckName.CHANGES) == Code.LOCK_UNKNOWN
        assert report.indication is Indication.INDETERMINATE


def test_references_that_are_no_array_leave_it_open() -> None:
    signed = sign(document(), replace(sealing(world()), more=b"/Reference 7"))
    assert changes(signed) == Code.LOCK_UNKNOWN


def test_a_change_is_a_change_whatever_the_lock_means() -> None:
    signed = first(UNKNOWN["method"])
    assert changes(signed.update({4: stream(b"0 0 9 9 re f")})) == Code.CHANGED_AFTER_SEALING


def test_a_field_that_asks_for_other_locks_than_the_signature_sets_leaves_it_open() -> None:
    widget = b"/Lock << /Type /SigFieldLock /Action /All >>"
    signed = first(FIELDS % b"/Action /Include /Fields [(Amount)]", widget=widget)
    assert changes(signed) == Code.LOCKS_CONTRADICT


def test_a_lock_with_a_permission_only_locks_no_field() -> None:
    signed = first(b"", widget=b"/Lock << /Type /SigFieldLock /P 2 >>")
    assert changes(sign(signed, UNSEEN)) == Code.ONLY_UPKEEP_LATER


def test_a_second_certification_is_irregular() -> None:
    twice = sign(certified(2), replace(UNSEEN, more=b"/Reference [%s]" % (MDP % 2)))
    assert changes(twice, 0) == Code.ONLY_UPKEEP_LATER
    assert changes(twice, 1) == Code.CERTIFICATION_TWICE


def test_a_certification_after_another_signature_is_irregular() -> None:
    late = sign(sealed(), replace(UNSEEN, more=b"/Reference [%s]" % (MDP % 2)))
    assert changes(late, 1) == Code.CERTIFICATION_NOT_FIRST


@pytest.mark.parametrize("named", [b"3 0 R", b"99 0 R", b"<< >>", b"7"])
def test_a_catalog_that_names_another_certification_is_irregular(named: bytes) -> None:
    signed = first(MDP % 2, catalog=b"/Perms << /DocMDP %s >>" % named)
    expected = Code.NO_LATER_CHANGES if named == b"99 0 R" else Code.CERTIFICATION_ELSEWHERE
    assert changes(signed) == expected


def test_a_catalog_that_names_a_signature_that_certifies_nothing_is_irregular() -> None:
    assert changes(first(NOTHING, catalog=PERMS)) == Code.CERTIFICATION_ELSEWHERE
