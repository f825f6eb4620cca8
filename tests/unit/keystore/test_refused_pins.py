"""A refused PIN stays refused: in other processes, after a restart, until somebody mends it."""

import json
import multiprocessing
import os
from contextlib import contextmanager

import pytest

from keystore import KeyUri, opening, refused_pins
from keystore.errors import KeyBusy, KeyUnavailable, WrongPin
from keystore.opening import generate_key, open_key
from keystore.refused_pins import RefusedPins
from tests.fakes.vaults import clear_vault, new_vault

RIGHT, WRONG = b"1234", b"4321-\xe5\x9b\x9b\xe5\xad\xa3"


class Token:
    """A device that writes down every try: there are three."""

    def __init__(self, folder):
        self._tries = folder / "tries"
        self.right = RIGHT

    @property
    def tries(self):
        return len(self._tries.read_bytes()) if self._tries.exists() else 0

    @contextmanager
    def open(self, uri, secrets):
        if uri.get("object") == "away":
            raise KeyUnavailable("away")
        from keystore.pins import pin_for

        with self._tries.open("ab") as file:
            file.write(b".")
        if pin_for(uri, secrets) != self.right:
            raise WrongPin("the token refused the PIN")
        yield self

    def generate(self, uri, secrets):
        with self.open(uri, secrets):
            return "public"


@pytest.fixture
def token(tmp_path, monkeypatch):
    token = Token(tmp_path)
    monkeypatch.setattr(opening, "provider_for", lambda scheme: token)
    return token


@pytest.fixture
def vault(tmp_path):
    vault = clear_vault(tmp_path / "secrets")
    vault.folder.mkdir()
    (vault.folder / "pin").write_bytes(WRONG + b"\n")
    return vault


def uri_of(vault, more="", name="signer"):
    return KeyUri.parse(f"fake:object={name}?pin-source={vault.folder}/pin{more}")


def refused(vault, uri=None):
    with pytest.raises(WrongPin) as caught, open_key(uri or uri_of(vault), vault):
        pass
    return str(caught.value)


def opens(vault, uri=None):
    with open_key(uri or uri_of(vault), vault) as key:
        return key is not None


def test_a_refused_pin_is_not_shown_again(token, vault):
    assert "token refused" in refused(vault)
    for more in ("", "&call-timeout=5s", "&isolated=no"):
        assert "refused before" in refused(vault, uri_of(vault, more))
    assert token.tries == 1


def test_what_is_kept_is_no_pin(token, vault, tmp_path):
    refused(vault)
    (note,) = (tmp_path / "refused-pins").glob("*.json")
    said = json.loads(note.read_text())
    assert said["key"] == "fake:object=signer"
    assert note.stat().st_mode & 0o777 == 0o600
    for form in (WRONG, WRONG.hex().encode(), WRONG[:4]):
        assert form not in note.read_bytes()


def test_another_pin_is_tried_and_an_earlier_one_stays_refused(token, vault):
    refused(vault)
    (vault.folder / "pin").write_bytes(b"another")
    refused(vault)
    (vault.folder / "pin").write_bytes(WRONG)
    assert "refused before" in refused(vault)
    assert token.tries == 2
    (vault.folder / "pin").write_bytes(RIGHT)
    assert opens(vault)
    assert opens(vault)
    assert token.tries == 4


def test_once_a_key_opened_nothing_is_held_against_it(token, vault):
    refused(vault)
    (vault.folder / "pin").write_bytes(RIGHT)
    opens(vault)
    (vault.folder / "pin").write_bytes(WRONG)
    assert "token refused" in refused(vault)


def test_an_operator_who_mended_the_device_says_so(token, vault):
    refused(vault)
    token.right = WRONG
    assert "forget-refusal" in refused(vault)
    assert RefusedPins.of(uri_of(vault), vault).forget()
    assert not RefusedPins.of(uri_of(vault), vault).forget()
    assert opens(vault)


def test_a_wrapped_pin_that_is_wrapped_anew_is_the_same_pin(token, tmp_path):
    from keystore.rotation import name_master_key, rewrap, wrap_secret
    from keystore.wrapping import Purpose

    vault = new_vault(tmp_path / "data")
    wrap_secret(vault, vault.folder / "pin", bytearray(WRONG), Purpose.PIN)
    refused(vault)
    name_master_key(vault, "file:master-2.key")
    rewrap(vault)
    assert "refused before" in refused(vault)
    assert token.tries == 1


def test_making_a_key_shows_a_pin_once_too(token, vault):
    for made in ("&key-type=p256", "&key-type=sm2&sm2-generation=7"):
        with pytest.raises(WrongPin):
            generate_key(token, uri_of(vault, made), vault)
    assert "refused before" in refused(vault)
    assert token.tries == 1
    (vault.folder / "pin").write_bytes(RIGHT)
    assert generate_key(token, uri_of(vault), vault) == "public"
    asked = clear_vault(vault.folder, ask=lambda name: WRONG.decode())
    for _ in range(2):
        with pytest.raises(WrongPin, match="token refused"):
            generate_key(token, KeyUri.parse("fake:object=signer"), asked)


def test_another_key_has_a_memory_of_its_own(token, vault):
    refused(vault)
    assert "token refused" in refused(vault, uri_of(vault, name="other"))


def test_a_person_may_type_as_they_please(token, vault):
    asked = clear_vault(vault.folder, ask=lambda name: WRONG.decode())
    for _ in range(2):
        assert "token refused" in refused(asked, KeyUri.parse("fake:object=signer"))


def test_a_device_that_is_away_refused_nothing(token, vault, tmp_path):
    with pytest.raises(KeyUnavailable), open_key(uri_of(vault, name="away"), vault):
        pass
    assert list((tmp_path / "refused-pins").glob("*.json")) == []


def test_eight_processes_at_once_show_it_once(token, vault):
    uri = uri_of(vault)
    start = multiprocessing.get_context("fork").Barrier(8)

    def try_it():
        start.wait()
        try:
            with open_key(uri, vault):
                os._exit(1)
        except WrongPin:
            os._exit(0)

    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=try_it) for _ in range(8)]
    for one in processes:
        one.start()
    for one in processes:
        one.join()
    assert [one.exitcode for one in processes] == [0] * 8
    assert token.tries == 1


def test_a_process_that_holds_its_turn_too_long_makes_the_key_busy(token, vault, monkeypatch):
    monkeypatch.setattr(refused_pins, "TURN_SECONDS", 0.1)
    with RefusedPins.of(uri_of(vault), vault).turn():
        with pytest.raises(KeyBusy), open_key(uri_of(vault), vault):
            pass
    assert token.tries == 0


def test_where_no_note_can_be_made_no_pin_is_shown(token, vault, tmp_path):
    (tmp_path / "refused-pins").write_bytes(b"")
    with pytest.raises(KeyUnavailable, match="cannot be noted"), open_key(uri_of(vault), vault):
        pass
    assert token.tries == 0


def test_a_note_that_cannot_be_written_is_in_the_log_and_the_refusal_stands(
    token, vault, monkeypatch, caplog
):
    def full(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(refused_pins, "replace_private", full)
    assert "token refused" in refused(vault)
    assert "cannot be noted" in caplog.text
    assert WRONG.decode() not in caplog.text


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"salt": "x", "refused": []}'])
def test_a_damaged_note_lets_nothing_be_shown(token, vault, tmp_path, content):
    refused(vault)
    (note,) = (tmp_path / "refused-pins").glob("*.json")
    note.write_bytes(content)
    with pytest.raises(KeyUnavailable, match="cannot be read"), open_key(uri_of(vault), vault):
        pass
    assert token.tries == 1
