"""`qianyin secrets` over a whole deployment, and what issuing does meanwhile."""

import json
import logging
import threading
from pathlib import Path

import pytest

from api.cli.main import run
from api.errors import BadSettings
from api.issuing_parts import issuing, open_keyring
from api.key_service.running import opened_desk
from api.key_service.service_file import ServiceFile
from api.secrets_at_rest import (
    in_clear,
    require_wrapped,
    secret_files,
    vault_of,
    warn_of_clear,
)
from api.settings import Settings, secret_in_environment
from api.token_keys import PASSPHRASE_FILE, open_token_key
from keystore import SIGNER_ID_GM, Keyring, KeyUri
from keystore.pins import pin_for
from keystore.wrapping import is_wrapped
from tests.fakes.key_zones import new_zone

ENVIRONMENT_KEY = "00112233445566778899aabbccddeeff"
TYPE = "animal_clinic"


@pytest.fixture
def data(settings: Settings) -> list[str]:
    return ["--data", str(settings.data_dir)]


@pytest.fixture
def clear(settings: Settings) -> Settings:
    """A deployment from before there were master keys."""
    open_token_key(vault_of(settings))
    vault = vault_of(settings)
    for path, found in vault.wrapped().items():
        path.write_bytes(vault.opened(path, found.purpose))
    (settings.data_dir / "master-keys.toml").unlink()
    (settings.secrets_dir / "master.key").unlink()
    return settings


def signs(settings: Settings) -> bool:
    with open_keyring(settings) as keyring:
        return bool(keyring.signer("seal-signer").sign(b"m", signer_id=SIGNER_ID_GM))


def test_a_deployment_in_clear_opens_with_a_warning_and_one_command_wraps_it(
    clear: Settings, data: list[str], caplog, capsys
) -> None:
    assert signs(clear)
    with caplog.at_level(logging.WARNING):
        warn_of_clear(secret_files(clear))
    assert "secrets lie in clear: keys.pass, token-key.passphrase" in caplog.text
    assert run(["secrets", "list", *data]) == 1
    assert "keys.pass  pin  -  ✘ lies in clear" in capsys.readouterr().out
    passphrase = (clear.secrets_dir / "keys.pass").read_bytes()
    token = open_token_key(vault_of(clear))
    assert run(["secrets", "wrap", "--master", "file:secrets/master.key", *data]) == 0
    assert in_clear(secret_files(clear)) == ()
    caplog.clear()
    warn_of_clear(secret_files(clear))
    assert caplog.text == ""
    assert signs(clear)
    assert open_token_key(vault_of(clear)) == token
    for path in clear.data_dir.rglob("*"):
        assert path.is_dir() or passphrase not in path.read_bytes()
    assert run(["secrets", "list", *data]) == 0
    assert run(["doctor", *data]) == 0
    said = capsys.readouterr().out
    assert "keys.pass: wrapped under the master key" in said
    assert passphrase.decode() not in said
    assert run(["secrets", "wrap", *data]) == 0
    assert "was wrapped already" in capsys.readouterr().out


def test_without_a_master_key_nothing_is_wrapped(clear: Settings, data: list[str], capsys) -> None:
    for command in (["wrap"], ["rotate"], ["drop"], ["enter", "secrets/a.pin", "--random"]):
        assert run(["secrets", *command, *data]) == 64
        assert "no master key is named" in capsys.readouterr().err
    assert signs(clear)


def test_a_master_key_may_come_from_the_environment(
    clear: Settings, data: list[str], monkeypatch, capsys
) -> None:
    monkeypatch.setenv("QIANYIN_MASTER_KEY_1", ENVIRONMENT_KEY)
    assert Settings(data_dir=clear.data_dir)
    assert run(["secrets", "wrap", "--master", "env:QIANYIN_MASTER_KEY_1", *data]) == 0
    assert signs(clear)
    for path in clear.data_dir.rglob("*"):
        assert path.is_dir() or ENVIRONMENT_KEY.encode() not in path.read_bytes()
    assert ENVIRONMENT_KEY not in json.dumps(clear.as_environment()) + capsys.readouterr().out
    monkeypatch.delenv("QIANYIN_MASTER_KEY_1")
    assert secret_in_environment("QIANYIN_MASTER_KEY_1") is None
    assert run(["secrets", "list", *data]) == 1
    assert "environment has no QIANYIN_MASTER_KEY_1" in capsys.readouterr().out


def test_issuing_goes_on_while_the_master_key_is_changed(
    settings: Settings, data: list[str]
) -> None:
    with issuing(settings) as issuer:
        sample = dict(issuer.catalog.get(TYPE).sample)
        issuer.issue(sample, client="demo", idempotency_key="before")
        done, opened, faults = threading.Event(), [], []

        def keep_opening() -> None:
            try:
                while not done.is_set():
                    opened.append(signs(settings))
            except Exception as error:  # whatever it is, it is what we look for
                faults.append(error)

        reader = threading.Thread(target=keep_opening)
        reader.start()
        for number in range(2, 5):
            source = f"file:secrets/master-{number}.key"
            assert run(["secrets", "rotate", "--master", source, *data]) == 0
            issuer.issue(sample, client="demo", idempotency_key=f"during {number}")
            assert run(["secrets", "drop", *data]) == 0
            (settings.secrets_dir / f"master-{number - 1}.key").unlink(missing_ok=True)
        done.set()
        reader.join()
    assert faults == []
    assert opened
    with issuing(settings) as issuer:
        issuer.issue(sample, client="demo", idempotency_key="after")


def test_production_refuses_secrets_in_clear_unless_they_are_named(clear: Settings) -> None:
    values = {**clear.model_dump(), "environment": "production"}
    aliases = frozenset({"seal-signer", "seal-maker", "tsa", "report-signer", "audit-signer"})
    production = Settings(**{**values, "allowed_soft_keys": aliases})
    with pytest.raises(BadSettings, match=r"keys\.pass lies in clear"):
        open_keyring(production)
    allowed = production.model_copy(
        update={"allowed_clear_secrets": frozenset({"keys.pass", PASSPHRASE_FILE})}
    )
    require_wrapped(allowed, secret_files(allowed))
    assert signs(allowed)


def test_a_pin_is_typed_or_made_up_and_never_on_the_disk_in_clear(
    settings: Settings, data: list[str], monkeypatch, capsys
) -> None:
    monkeypatch.setattr("api.cli.secrets_at_rest.ask", lambda name: "typed-一二三")
    assert run(["secrets", "enter", "secrets/hsm.pin", *data]) == 0
    path = settings.secrets_dir / "hsm.pin"
    uri = KeyUri.parse(f"x:a=b?pin-source={path}")
    assert pin_for(uri, vault_of(settings)) == "typed-一二三".encode()
    assert path.stat().st_mode & 0o777 == 0o600
    assert run(["secrets", "enter", "secrets/hsm.pin", "--random", *data]) == 64
    assert run(["secrets", "enter", "secrets/new.pass", "--random", *data]) == 0
    assert run(["secrets", "enter", "elsewhere.pin", *data]) == 64
    key = "soft:path=keys/new.key?pin-source=secrets/new.pass"
    assert run(["key", "generate", key, *data]) == 0
    assert "一二三" not in "".join(capsys.readouterr())


def test_a_damaged_secret_is_named_by_list_and_doctor(
    settings: Settings, data: list[str], capsys
) -> None:
    path = settings.secrets_dir / "keys.pass"
    line = path.read_bytes()
    assert is_wrapped(line)
    path.write_bytes(line[:-12] + b"AAAAAAAAAA=\n")
    (settings.secrets_dir / "a.pin").write_bytes(line[:-40])  # not even a line any more
    assert run(["secrets", "enter", "secrets/well.pin", "--random", *data]) == 0
    capsys.readouterr()
    for command in (["secrets", "list"], ["doctor"]):
        assert run([*command, *data]) == 1
        said = capsys.readouterr().out.splitlines()
        for words in (("a.pin", "✘", "is damaged"), ("keys.pass", "✘"), ("well.pin", "opens")):
            assert any(all(word in one for word in words) for one in said), (command, words)


def test_a_secret_that_lies_elsewhere_is_told_of_and_left_alone(
    clear: Settings, data: list[str], capsys
) -> None:
    elsewhere = clear.data_dir / "elsewhere.pass"
    (clear.secrets_dir / "keys.pass").rename(elsewhere)
    text = clear.keyring_file.read_text()
    clear.keyring_file.write_text(text.replace("secrets/keys.pass", "elsewhere.pass"))
    assert run(["secrets", "wrap", "--master", "file:m.key", *data]) == 0
    assert "belong into" in capsys.readouterr().err
    assert not is_wrapped(elsewhere.read_bytes())
    assert signs(clear)
    assert run(["secrets", "wrap", str(Path("elsewhere.pass")), *data]) == 64


def test_a_wrong_passphrase_is_refused_once_for_all_commands_and_forgotten_by_command(
    settings: Settings, data: list[str], monkeypatch, capsys
) -> None:
    right = settings.secrets_dir / "keys.pass"
    kept = right.read_bytes()
    monkeypatch.setattr("api.cli.secrets_at_rest.ask", lambda name: "wrong")
    assert run(["secrets", "enter", "secrets/keys.pass", *data]) == 0
    uri = "soft:path=keys/seal-signer.key?pin-source=secrets/keys.pass"
    for sentence in ("does not open the key file", "refused before"):
        assert run(["doctor", "--key", uri, *data]) == 1
        assert sentence in capsys.readouterr().out
    assert run(["key", "forget-refusal", "seal-signer", *data]) == 0
    assert run(["key", "forget-refusal", uri, *data]) == 0
    said = capsys.readouterr().out
    assert "once more" in said
    assert "no refusal is remembered" in said
    right.write_bytes(kept)
    assert signs(settings)


def test_the_keyring_is_read_once_however_its_secrets_are_looked_at(
    settings: Settings, monkeypatch
) -> None:
    reads = []
    real = Keyring.from_file
    monkeypatch.setattr(
        Keyring,
        "from_file",
        lambda path, *, secrets: reads.append(path) or real(path, secrets=secrets),
    )
    open_keyring(settings).close()
    assert len(reads) == 1


def test_in_production_a_key_service_does_not_start_with_its_own_pin_in_clear(
    settings: Settings, tmp_path: Path
) -> None:
    zone = new_zone(tmp_path / "zone")
    pin = tmp_path / "zone-tls.pass"
    pin.write_text("in clear")
    service = ServiceFile.read(zone.callers_file).model_copy(update={"pin_source": pin})
    production = Settings(**{**settings.model_dump(), "environment": "production"})
    with (
        pytest.raises(BadSettings, match=r"zone-tls\.pass lies in clear"),
        opened_desk(production, service),
    ):
        pass
    allowed = frozenset({pin.name})
    with (
        pytest.raises(BadSettings, match="production wants a device"),
        opened_desk(production.model_copy(update={"allowed_clear_secrets": allowed}), service),
    ):
        pass
