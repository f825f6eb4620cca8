"""Every layout of the field: the genuine vector that proves it is read, and what is said of it."""

import pytest

from tests.vectors.judging import every_case, judged
from verify import Indication, SignatureKind, TimeSource

NOTHING: tuple[str, ...] = ()
_OF_MAKERS = {"SES_SEAL_MAKER_UNNAMED", "SES_SEAL_NAME_OTHER"}
"""Said of a seal under anchors that name no maker, whatever its layout."""

ROWS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("SES v1 (GM/T 0031-2014)", "seal-v1", NOTHING),
    ("SES v4 (GB/T 38540-2020)", "seal-v4", NOTHING),
    ("SES v5 (GM/T 0031-2025)", "seal-v5", NOTHING),
    ("raw r and s in the signature", "seal-v4-raw-value", ("SES_RAW_SIGNATURE",)),
    ("raw r and s in the seal", "seal-v4-raw-seal-value", ("SES_RAW_SEAL_SIGNATURE",)),
    ("raw r and s in both", "seal-v4-raw-both", ("SES_RAW_SIGNATURE", "SES_RAW_SEAL_SIGNATURE")),
    ("raw r and s in both, v1", "seal-v1-raw", ("SES_RAW_SIGNATURE", "SES_RAW_SEAL_SIGNATURE")),
    ("raw r and s in both, v5", "seal-v5-raw", ("SES_RAW_SIGNATURE", "SES_RAW_SEAL_SIGNATURE")),
    ("untagged extDatas in the seal", "seal-v4-extension", NOTHING),
    ("tagged extDatas in the seal", "seal-v4-extension-tagged", ("SES_EXTENSION_TAG",)),
    ("tagged extDatas in the seal, v1", "seal-v1-extension", NOTHING),
    ("tagged extDatas in the signature", "seal-v4-signature-extension", NOTHING),
    ("untagged extDatas in the signature", "seal-v4-signature-extension-untagged", ("SES_EXTENSION_TAG",)),
    ("a default written out", "seal-v4-default-written", ("SES_EXPLICIT_DEFAULT",)),
    ("times of another edition", "seal-v4-utc-times", ("SES_TIME_FORM",)),
    ("a list of certificates", "seal-v4-two-signers", NOTHING),
    ("a list of digests", "seal-v4-by-digest", NOTHING),
    ("a list of digests, v5", "seal-v5-by-digest", NOTHING),
    ("a time-stamp in SES", "seal-stamped", NOTHING),
    ("a time-stamp in SES, v5", "seal-v5-stamped", NOTHING),
    ("a time-stamp in SES over SHA-256", "seal-stamped-sha256", NOTHING),
    ("a time-stamp in SES without its tag", "seal-stamped-untagged", ("SES_TIMESTAMP_TAG",)),
    ("a time-stamp in place of the time of v1", "seal-v1-stamp-as-time", ("SES_STAMP_AS_TIME",)),
    ("CMS with standard OIDs", "cms", NOTHING),
    ("CMS with GM OIDs", "cms-gm", NOTHING),
    ("CMS, GM outside, standard inside", "cms-gm-outside", NOTHING),
    ("CMS, standard outside, GM inside", "cms-gm-inside", NOTHING),
    ("signature OID 1.2.156.10197.1.501", "cms-gm-501", NOTHING),
    ("signature OID 1.2.156.10197.1.301", "cms-gm-301", NOTHING),
    ("signature OID 1.2.156.10197.1.301.1, without NULL", "cms-no-null", NOTHING),
    ("attributes in another order", "cms-unsorted", ("CMS_ATTRIBUTES_UNSORTED",)),
    ("eContent = digest", "cms-digest-as-content", ("CMS_DIGEST_AS_CONTENT",)),
    ("eContent = digest, GM OIDs", "cms-gm-digest-as-content", ("CMS_DIGEST_AS_CONTENT",)),
    ("eContent = digest, no attributes", "cms-digest-as-content-no-attributes", ("CMS_DIGEST_AS_CONTENT",)),
    ("eContent = digest in Base64", "cms-digest-as-base64", ("CMS_DIGEST_AS_BASE64",)),
    ("no attributes: Z_A and the ByteRange's bytes", "cms-no-attributes", ("CMS_WITHOUT_ATTRIBUTES",)),
    ("the same with GM OIDs", "cms-gm-no-attributes", ("CMS_WITHOUT_ATTRIBUTES",)),
    ("several SignerInfos of one key", "cms-two-signers", NOTHING),
    ("several SignerInfos of several people", "cms-two-people", NOTHING),
    ("the same without attributes", "cms-two-people-no-attributes", ("CMS_WITHOUT_ATTRIBUTES",)),
    ("several signatures: seals", "three-seals", NOTHING),
    ("several signatures: a seal, then CMS", "seal-then-cms", NOTHING),
    ("several signatures: CMS, then a seal", "cms-then-seal", NOTHING),
    ("a time-stamp in CMS", "cms-stamped", NOTHING),
    ("a time-stamp over the document", "seal-then-stamp", NOTHING),
    ("RSA CMS", "rsa2048-with-attributes", NOTHING),
    ("RSA CMS without attributes", "rsa2048-without-attributes", ("CMS_WITHOUT_ATTRIBUTES",)),
    ("RSASSA-PSS CMS", "rsa-pss-with-attributes", NOTHING),
    ("RSASSA-PSS CMS without attributes", "rsa-pss-without-attributes", ("CMS_WITHOUT_ATTRIBUTES",)),
    ("ECDSA CMS", "p256-with-attributes", NOTHING),
    ("ECDSA CMS without attributes", "p256-without-attributes", ("CMS_WITHOUT_ATTRIBUTES",)),
    ("a signer named by key identifier", "p256-by-key", NOTHING),
)  # fmt: skip
REFUSED: tuple[tuple[str, str, str], ...] = (
    ("RSA seals of version 1", "algorithms/seal-v1-rsa", "ALGORITHM_NOT_ACCEPTED"),
    ("RSA seals of version 1 over SHA-256", "algorithms/seal-v1-rsa-sha256", "DIGEST_ALGORITHM_UNSUPPORTED"),
    ("a value over the bare digest, without Z_A", "cms-tampering/bare-digest", "VALUE_NONCONFORMING"),
)  # fmt: skip


@pytest.mark.parametrize(("layout", "id", "said"), ROWS, ids=[one for one, *_ in ROWS])
def test_a_layout_of_the_field_is_read_and_its_deviations_are_named(
    layout: str, id: str, said: tuple[str, ...]
) -> None:
    report = judged(f"good/{id}").report
    assert report is not None, layout
    assert report.indication is Indication.TOTAL_PASSED
    warnings = [one for found in report.signatures for one in found.warnings]
    assert [one for one in warnings if one not in _OF_MAKERS] == list(said)


@pytest.mark.parametrize("id", ["seal-stamped", "seal-v5-stamped", "cms-stamped"])
def test_a_time_stamp_inside_proves_the_time(id: str) -> None:
    report = judged(f"good/{id}").report
    assert report is not None
    assert report.signatures[0].signed_at_source is TimeSource.TIMESTAMP


def test_a_time_stamp_over_the_document_proves_the_time() -> None:
    report = judged("good/seal-then-stamp").report
    assert report is not None
    seal, stamp = report.signatures
    assert stamp.kind is SignatureKind.TIMESTAMP
    assert seal.signed_at_source is TimeSource.TIMESTAMP


@pytest.mark.parametrize(("layout", "label", "code"), REFUSED, ids=[one for one, *_ in REFUSED])
def test_a_layout_that_is_not_read_is_refused_by_its_name(
    layout: str, label: str, code: str
) -> None:
    assert label in every_case(), layout
    report = judged(label).report
    assert report is not None
    codes = {check.code for one in report.signatures for check in one.checks}
    assert code in codes
    assert report.indication is not Indication.TOTAL_PASSED
