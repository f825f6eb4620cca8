"""A PIN is one line of a file, or what a person types."""

import pytest

from keystore.errors import KeyUnavailable
from keystore.pins import pin_for
from keystore.uri import KeyUri


def nobody(name):
    raise AssertionError(name)


@pytest.mark.parametrize(
    ("content", "pin"),
    [(b"1234\n", b"1234"), (b"1234\r\nsecond", b"1234"), (b"1234", b"1234"), (b" a \n", b" a ")],
)
def test_the_first_line_of_the_file_is_the_pin(tmp_path, content, pin):
    (tmp_path / "pin").write_bytes(content)
    assert pin_for(KeyUri.parse(f"x:a=b?pin-source={tmp_path}/pin"), nobody) == pin


def test_a_person_is_asked_where_no_file_is_named():
    assert (
        pin_for(KeyUri.parse("x:a=b"), lambda name: f"{name}-四\udcff")
        == b"pin-" + "四".encode() + b"\xff"
    )


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    uri = KeyUri.parse(f"x:a=b?pin-source={tmp_path}/none")
    with pytest.raises(KeyUnavailable, match="none"):
        pin_for(uri, nobody)
