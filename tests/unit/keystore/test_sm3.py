"""SM3 against GB/T 32905, OpenSSL by hashlib, and pure Python."""

import hashlib

import pytest
from gmssl import func
from gmssl import sm3 as gmssl_sm3

from keystore import sm3


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_the_vectors_of_the_standard_hold(message, digest):
    assert sm3(message).hex() == digest


def test_every_length_around_the_blocks_agrees_with_another_implementation():
    for length in range(200):
        message = bytes(n * 7 + length & 0xFF for n in range(length))
        assert sm3(message) == hashlib.new("sm3", message).digest()


@pytest.mark.parametrize("length", [0, 1, 55, 56, 63, 64, 65, 119, 120, 199])
def test_pure_python_has_the_same_opinion(length):
    message = bytes(range(length))
    assert sm3(message).hex() == gmssl_sm3.sm3_hash(func.bytes_to_list(message))
