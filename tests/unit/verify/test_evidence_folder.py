"""Revocation lists from a folder."""

from pathlib import Path

import pytest

from verify import Evidence
from verify.errors import BadTrustAnchor


def test_a_missing_folder_holds_no_evidence(tmp_path: Path) -> None:
    assert Evidence.from_directory(tmp_path / "none") == Evidence((), ())


def test_every_list_of_the_folder_is_taken_and_nothing_else(
    pristine_deployment: Path, tmp_path: Path
) -> None:
    (tmp_path / "readme.txt").write_text("not a list")
    for path in (pristine_deployment / "crl").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert len(Evidence.from_directory(tmp_path).revocation_lists) == 2


def test_a_file_that_is_no_list_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.crl").write_bytes(b"nothing")
    with pytest.raises(BadTrustAnchor, match=r"broken\.crl"):
        Evidence.from_directory(tmp_path)
