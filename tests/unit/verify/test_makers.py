"""Who may make seals: a seal that its user made for himself is worth no more than his own word."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.pdf_documents import document
from tests.fakes.signed_documents import (
    code_of,
    decisive_code,
    report_on,
    sealed,
    sealing,
    sign,
)
from tests.fakes.sm2_people import Person, new_seal, world
from tests.unit.verify.test_anchor_rules import ENTRY, loaded, root_for, written
from verify import (
    POLICIES,
    BadTrustAnchor,
    Code,
    Indication,
    Purpose,
    TrustAnchors,
    VerificationReport,
)
from verify.makers import is_in_name_of
from verify.report import CheckName, SubIndication

PEOPLE = world()
STRICT = POLICIES["qianyin-strict"]


def naming(*makers: Person) -> TrustAnchors:
    return root_for(makers=frozenset(one.certificate.fingerprint for one in makers))


def own_seal(maker: Person, signer: Person, **options: object) -> VerificationReport:
    """What is said of a seal in an authority's name by somebody with certificates of our CA."""
    people = replace(PEOPLE, maker=maker, signer=signer, seal=new_seal(maker, signer))
    return report_on(sign(document(), sealing(people)), **options)


def test_a_seal_made_with_the_key_that_uses_it_fails() -> None:
    stranger = PEOPLE.ca.issue("Stranger")
    again = PEOPLE.ca.issue("Stranger, as maker", signer=stranger.signer)
    for anchors in (TrustAnchors((PEOPLE.root.certificate,)), naming(again)):
        report = own_seal(again, stranger, anchors=anchors)
        assert report.indication is Indication.TOTAL_FAILED
        assert decisive_code(report) == Code.SEAL_MAKER_IS_SIGNER


def test_a_seal_that_a_body_made_for_itself_never_passes() -> None:
    report = own_seal(PEOPLE.ca.issue("Stranger"), PEOPLE.ca.issue("Stranger"))
    assert report.indication is Indication.INDETERMINATE
    assert report.sub_indication is SubIndication.SIG_CONSTRAINTS_FAILURE
    assert code_of(report, CheckName.SEAL) == Code.SEAL_MAKER_IS_SIGNER


def test_where_makers_are_named_nobody_else_makes_seals() -> None:
    accomplice, stranger = PEOPLE.ca.issue("Accomplice"), PEOPLE.ca.issue("Stranger")
    report = own_seal(accomplice, stranger, anchors=naming(PEOPLE.maker))
    assert report.indication is Indication.INDETERMINATE
    assert code_of(report, CheckName.SEAL) == Code.SEAL_MAKER_NOT_NAMED


@pytest.mark.parametrize("named", ["maker", "ca", "root"])
def test_a_maker_is_named_by_certificate_or_by_an_authority_above(named: str) -> None:
    report = report_on(sealed(), anchors=naming(getattr(PEOPLE, named)))
    assert report.indication is Indication.TOTAL_PASSED
    assert report.signatures[0].warnings == ()


def test_where_nobody_is_named_it_passes_with_a_warning() -> None:
    for anchors in (TrustAnchors((PEOPLE.root.certificate,)), root_for()):
        report = report_on(sealed(), anchors=anchors)
        assert report.indication is Indication.TOTAL_PASSED
        assert report.signatures[0].warnings == ("SES_SEAL_MAKER_UNNAMED",)


def test_a_seal_in_the_name_of_another_body_is_told_of() -> None:
    found = own_seal(PEOPLE.ca.issue("Accomplice"), PEOPLE.ca.issue("Stranger"))
    assert found.signatures[0].warnings == ("SES_SEAL_MAKER_UNNAMED", "SES_SEAL_NAME_OTHER")


def test_a_maker_who_is_not_trusted_is_no_matter_of_naming() -> None:
    assert report_on(sealed(), anchors=root_for(Purpose.SIGNERS)).signatures[0].warnings == ()


def test_the_strict_policy_asks_for_named_makers() -> None:
    report = report_on(sealed(), policy=STRICT)
    assert report.indication is Indication.INDETERMINATE
    assert code_of(report, CheckName.SEAL) == Code.SEAL_MAKER_NOT_NAMED
    named = report_on(sealed(), policy=STRICT, anchors=naming(PEOPLE.maker))
    assert code_of(named, CheckName.SEAL) == Code.SEAL_VALID


@pytest.mark.parametrize(
    ("name", "is_theirs"),
    [
        ("示例市农业农村局", True),
        ("示例市 农业农村局", True),
        ("示例市农业农村局电子印章", True),
        ("示例市农业农村局行政审批专用章（1）", True),
        ("Qianyin tests 公章", True),
        ("示例市农业农村局下属事业单位", False),
        ("示例市人民政府", False),
        ("示例市", False),
    ],
)
def test_a_seal_bears_its_users_name_and_the_kind_of_seal(name: str, is_theirs: bool) -> None:
    seal = replace(PEOPLE.seal, name=name)
    assert is_in_name_of(seal, PEOPLE.signer.certificate) is is_theirs


# --- trust.toml


def entry(makers: str, serves: str = '["signers", "makers", "timestamps"]') -> str:
    whole = ENTRY.format(digest=f'sm3 = "{PEOPLE.root.certificate.fingerprint}"\n{makers}')
    return whole.replace('["signers", "makers", "timestamps"]', serves)


def test_the_trust_file_names_makers_as_their_fingerprints_are_printed(tmp_path: Path) -> None:
    plain = PEOPLE.maker.certificate.fingerprint
    spelt = ":".join(plain[at : at + 2] for at in range(0, 64, 2)).upper()
    (rule,) = loaded(written(tmp_path, entry(f'makers = ["{spelt}"]'))).rules.values()
    assert rule.makers == {plain}


@pytest.mark.parametrize("makers", ["makers = []", 'makers = ["seal maker"]', "makers = [1]"])
def test_makers_that_are_no_digests_stop_the_start(tmp_path: Path, makers: str) -> None:
    with pytest.raises(BadTrustAnchor, match=r"root\.pem: makers holds SM3"):
        loaded(written(tmp_path, entry(makers)))


def test_an_anchor_that_serves_no_makers_names_none(tmp_path: Path) -> None:
    makers = f'makers = ["{PEOPLE.maker.certificate.fingerprint}"]'
    with pytest.raises(BadTrustAnchor, match="serves none"):
        loaded(written(tmp_path, entry(makers, '["signers"]')))
