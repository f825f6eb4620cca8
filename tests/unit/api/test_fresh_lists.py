"""What goes into a sealed document is the revocation list of today, not of the start."""

import pytest

from api.fresh_lists import FreshLists
from tests.fakes.sm2_people import DAY, NOW, world
from verify import BadTrustAnchor

CA = world().ca
OLD, NEW = CA.crl(), CA.crl(this_update=NOW, next_update=NOW + 60 * DAY)


def test_a_list_that_is_exchanged_is_read_again(tmp_path) -> None:
    (tmp_path / "ca.crl").write_bytes(OLD)
    lists = FreshLists(tmp_path)
    assert lists() == (OLD,)
    (tmp_path / "new").write_bytes(NEW)
    (tmp_path / "new").rename(tmp_path / "root.crl")
    assert lists() == (OLD, NEW)
    (tmp_path / "ca.crl").unlink()
    assert lists() == (NEW,)


def test_nothing_is_read_while_nothing_changes(tmp_path) -> None:
    (tmp_path / "ca.crl").write_bytes(OLD)
    lists = FreshLists(tmp_path)
    first = lists()
    assert lists() is first


def test_a_file_that_cannot_be_read_leaves_the_lists_as_they_were(tmp_path, caplog) -> None:
    (tmp_path / "ca.crl").write_bytes(OLD)
    lists = FreshLists(tmp_path)
    (tmp_path / "ca.crl").write_bytes(b"half a list")
    assert lists() == (OLD,)
    assert "left as they were" in caplog.text
    (tmp_path / "ca.crl").write_bytes(NEW)
    assert lists() == (NEW,)


def test_a_folder_that_is_not_there_has_no_lists_and_a_broken_one_stops_the_start(tmp_path) -> None:
    assert FreshLists(tmp_path / "none")() == ()
    (tmp_path / "ca.crl").write_bytes(b"no list")
    with pytest.raises(BadTrustAnchor):
        FreshLists(tmp_path)
