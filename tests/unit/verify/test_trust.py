from pathlib import Path

import pytest

from tests.fakes.sm2_people import new_root, world
from verify import BadTrustAnchor, TrustAnchors


def test_no_anchor_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadTrustAnchor):
        TrustAnchors(())
    with pytest.raises(BadTrustAnchor):
        TrustAnchors.from_files([])
    with pytest.raises(BadTrustAnchor):
        TrustAnchors.from_directory(tmp_path)


def test_pem_and_der_files_are_loaded_once_each(tmp_path: Path) -> None:
    root, other = world().root.certificate, new_root("Other").certificate
    (tmp_path / "a.pem").write_bytes(root.to_pem() + other.to_pem())
    (tmp_path / "b.der").write_bytes(root.der)
    (tmp_path / "notes.txt").write_text("not a certificate")
    anchors = TrustAnchors.from_directory(tmp_path)
    assert anchors.certificates == (root, other)
    assert anchors.fingerprints == (root.fingerprint, other.fingerprint)
    assert anchors.pem().count(b"BEGIN CERTIFICATE") == 2
    (tmp_path / "c.pem").write_bytes(anchors.pem())
    assert TrustAnchors.from_files([tmp_path / "c.pem"]) == anchors


def test_two_anchors_of_one_name_are_both_kept() -> None:
    first, second = new_root("Twin").certificate, new_root("Twin").certificate
    anchors = TrustAnchors((first, second))
    assert anchors.by_subject[first.subject_der] == (first, second)


@pytest.mark.parametrize(
    "content", [b"", b"junk", b"-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n"]
)
def test_a_file_that_holds_no_certificate_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.pem"
    path.write_bytes(content)
    with pytest.raises(BadTrustAnchor, match=r"bad\.pem"):
        TrustAnchors.from_files([path])


def test_a_file_that_is_too_large_or_not_there_is_named(tmp_path: Path) -> None:
    large = tmp_path / "large.pem"
    large.write_bytes(bytes(1024 * 1024 + 1))
    for path in (large, tmp_path / "nowhere.pem"):
        with pytest.raises(BadTrustAnchor, match=path.name):
            TrustAnchors.from_files([path])
    with pytest.raises(BadTrustAnchor, match="nowhere"):
        TrustAnchors.from_directory(tmp_path / "nowhere")
