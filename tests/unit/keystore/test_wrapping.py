"""Wrapped secrets: what was changed, moved, cut or wrapped by others opens no more."""

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystore.errors import SecretDamaged
from keystore.wrapping import MasterKey, Purpose, WrappedSecret, is_wrapped, wrap

MASTER = MasterKey(bytearray(os.urandom(16)))
OTHER = MasterKey(bytearray(os.urandom(16)))
SECRET = "四季平安-1949".encode()
PIN = {"purpose": Purpose.PIN, "name": "hsm.pin"}
LINE = wrap(SECRET, MASTER, **PIN)


def opened(line, master=MASTER, **changes):
    return WrappedSecret.read(line).open(master, **{**PIN, **changes})


@given(st.binary(max_size=5000), st.sampled_from(Purpose), st.text(min_size=1, max_size=60))
def test_what_is_wrapped_comes_back(secret, purpose, name):
    if any("\ud800" <= one <= "\udfff" for one in name):
        return
    line = wrap(secret, MASTER, purpose=purpose, name=name)
    assert is_wrapped(line)
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert opened(line, purpose=purpose, name=name) == secret


def test_a_line_says_what_it_is_and_nothing_of_the_secret():
    found = WrappedSecret.read(LINE)
    assert (found.master, found.purpose, found.name) == (MASTER.id, "pin", "hsm.pin")
    for form in (SECRET, SECRET.hex().encode(), MASTER.key, MASTER.key.hex().encode()):
        assert form not in LINE
    assert MASTER.key.hex() not in repr(MASTER)
    assert found.body.hex() not in repr(found)


def test_a_nonce_is_never_used_twice():
    assert len({WrappedSecret.read(wrap(SECRET, MASTER, **PIN)).nonce for _ in range(200)}) == 200


def test_a_secret_of_another_name_is_not_taken():
    """Swapped files: the PIN of one device would be shown to another."""
    other = wrap(b"1234", MASTER, purpose=Purpose.PIN, name="other.pin")
    with pytest.raises(SecretDamaged, match=r"'other\.pin'.*here belongs 'hsm\.pin'"):
        opened(other)


def test_a_secret_for_another_purpose_is_not_taken():
    with pytest.raises(SecretDamaged, match="token-key"):
        opened(LINE, purpose=Purpose.TOKEN_KEY)


@pytest.mark.parametrize(
    ("said", "instead"),
    [(b" hsm.pin ", b" a.pin "), (b" pin ", b" token-key "), (MASTER.id.encode(), b"0" * 16)],
)
def test_a_header_that_was_rewritten_opens_nothing(said, instead):
    forged = LINE.replace(said, instead)
    found = WrappedSecret.read(forged)
    with pytest.raises(SecretDamaged, match="was changed"):
        found.open(MASTER, purpose=found.purpose, name=found.name)


def test_another_master_key_opens_nothing():
    with pytest.raises(SecretDamaged, match="was changed"):
        opened(LINE, OTHER)


def test_no_bit_of_the_line_can_be_flipped():
    for place in range(len(LINE) - 1):
        for bit in range(8):
            changed = bytearray(LINE)
            changed[place] ^= 1 << bit
            with pytest.raises(SecretDamaged):
                opened(changed)


def test_a_line_that_was_cut_or_made_longer_opens_nothing():
    for size in range(len(LINE) - 1):
        with pytest.raises(SecretDamaged):
            opened(LINE[:size])
    for more in (b"\n", b"x", LINE):
        with pytest.raises(SecretDamaged):
            opened(LINE + more)


def test_a_later_version_is_wrapped_and_not_taken_for_a_secret():
    later = LINE.replace(b"wrapped-1", b"wrapped-2")
    assert is_wrapped(later)
    with pytest.raises(SecretDamaged, match="form"):
        opened(later)


def test_base64_that_is_none_is_damage():
    with pytest.raises(SecretDamaged, match="damaged"):
        opened(re.sub(rb"[^ ]+\n$", b"A" * 33 + b"\n", LINE))


def test_a_tag_alone_with_no_text_is_looked_at():
    with pytest.raises(SecretDamaged, match="was changed"):
        opened(re.sub(rb"[^ ]+\n$", b"AAAA" * 6 + b"\n", LINE))


def test_an_error_repeats_no_secret():
    with pytest.raises(SecretDamaged) as caught:
        opened(LINE[:-10] + b"AAAAAAAAA\n")
    assert SECRET.hex() not in repr(caught.value)
