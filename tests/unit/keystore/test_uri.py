"""Key URIs print what they parse, and never carry a PIN."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystore import KeyUri
from keystore.errors import KeystoreError, MalformedUri

SECRET = "S3cr3t-4711"

names = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True).filter(
    lambda name: name not in {"pin", "pass", "secret"}
)
values = st.text(
    st.characters(blacklist_categories=["C", "Z"], whitelist_characters=" "),
    min_size=1,
    max_size=20,
)
pairs = st.dictionaries(names, values, max_size=4).map(lambda found: tuple(found.items()))
uris = st.builds(
    KeyUri, st.sampled_from(["soft", "pkcs11", "sdf"]), pairs.filter(bool), pairs
).filter(lambda uri: len(str(uri)) <= 1024)


@given(uris)
def test_parsing_a_printed_uri_gives_the_uri(uri):
    assert KeyUri.parse(str(uri)) == uri


@given(st.text(max_size=60) | st.text(max_size=40).map("soft:path=a;".__add__))
def test_any_text_is_a_uri_or_refused(text):
    try:
        uri = KeyUri.parse(text)
    except MalformedUri:
        return
    assert KeyUri.parse(str(uri)) == uri


def test_a_uri_has_a_scheme_attributes_and_a_query():
    uri = KeyUri.parse("soft:path=keys/%E7%AB%A0%3B1.key?pin-source=secrets/pass")
    assert uri.scheme == "soft"
    assert uri.require("path") == "keys/章;1.key"
    assert uri.get("pin-source") == "secrets/pass"
    assert uri.get("token") is None
    with pytest.raises(MalformedUri, match="needs token="):
        uri.require("token")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soft",
        ":path=a",
        "1soft:path=a",
        "so_ft:path=a",
        "ſoft:path=a",
        "soft:",
        "soft:?pin-source=a",
        "soft:path",
        "soft:path=",
        "soft:=a",
        "soft:path=a;path=b",
        "soft:pa%74h=a",
        "soft:path=%FF",
        "soft:path=a%00b",
        "soft:path=a%0Ab",
        "soft:path=" + "a" * 1024,
    ],
)
def test_a_malformed_uri_is_refused(text):
    with pytest.raises(MalformedUri):
        KeyUri.parse(text)


@pytest.mark.parametrize("separator", ["soft:path=a;", "soft:path=a?", "soft:path=a?x=1&"])
@pytest.mark.parametrize(
    "name", ["pin-value", "pin", "PIN-Value", "password", "Passphrase", "so-pin", "secret"]
)
def test_a_pin_is_refused_and_not_repeated(separator, name):
    with pytest.raises(MalformedUri) as caught:
        KeyUri.parse(f"{separator}{name}={SECRET}")
    assert "pin-source" in str(caught.value)
    assert SECRET not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_file_names_become_absolute_and_others_stay():
    uri = KeyUri.parse("pkcs11:token=a/b;path=k.key?pin-source=p&module-path=/lib/m.so")
    resolved = uri.resolved(Path("/data"))
    assert str(resolved) == (
        "pkcs11:token=a/b;path=/data/k.key?pin-source=/data/p&module-path=/lib/m.so"
    )


def test_a_malformed_uri_is_a_keystore_error():
    assert issubclass(MalformedUri, KeystoreError)


def test_an_id_is_bytes_and_no_text():
    uri = KeyUri.parse("pkcs11:token=a;id=%00%ff%0A%e4")
    assert uri.require("id").encode("utf-8", "surrogateescape") == b"\x00\xff\x0a\xe4"
    assert KeyUri.parse(str(uri)) == uri
