"""Files of one owner: looked at before they are read, whole or absent when written."""

import os
import stat

import pytest

from keystore import private_files
from keystore.errors import KeyNotFound, KeyUnavailable, ReadableByOthers
from keystore.private_files import read_private, replace_private, write_new


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o604, 0o602, 0o644, 0o610])
def test_a_file_that_others_may_touch_is_refused(tmp_path, mode):
    path = tmp_path / "a"
    path.write_bytes(b"secret")
    path.chmod(mode)
    with pytest.raises(ReadableByOthers, match="chmod 600") as caught:
        read_private(path, most_bytes=100)
    assert "secret" not in str(caught.value)


def test_no_more_is_read_than_there_should_be(tmp_path):
    path = tmp_path / "a"
    write_new(path, b"0123456789")
    assert read_private(path, most_bytes=100) == b"0123456789"
    assert read_private(path, most_bytes=4) == b"0123"


def test_what_is_not_there_or_no_file_says_so(tmp_path):
    with pytest.raises(KeyNotFound):
        read_private(tmp_path / "a", most_bytes=1)
    with pytest.raises(KeyUnavailable):
        read_private(tmp_path, most_bytes=1)


def test_a_new_file_is_its_owners_and_never_replaces_one(tmp_path):
    previous = os.umask(0)
    try:
        assert write_new(tmp_path / "new/a", b"1")
        assert not write_new(tmp_path / "new/a", b"2")
    finally:
        os.umask(previous)
    assert (tmp_path / "new/a").read_bytes() == b"1"
    assert stat.S_IMODE((tmp_path / "new/a").stat().st_mode) == 0o600
    assert [one.name for one in (tmp_path / "new").iterdir()] == ["a"]


def test_a_replaced_file_becomes_its_owners_and_nothing_is_left_over(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"in clear")
    path.chmod(0o644)
    replace_private(path, b"wrapped")
    assert read_private(path, most_bytes=100) == b"wrapped"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "a"
    write_new(path, b"before")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(private_files.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace_private(path, b"after")
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]
