"""`qianyin doctor --key` and `qianyin bench sign --key`: one key, thoroughly, and no secret said."""

import json
import os
import time
from pathlib import Path

import pytest

from api import key_examination
from api.cli import key as key_command
from api.cli.main import run
from hsm_adapters.sdf import SdfProvider
from keystore import opening, registry
from keystore.errors import UnknownScheme
from tests.fakes.pki import pki
from tests.fakes.sdf_devices import PIN, Device, new_device


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_examination, "SPEED_SECONDS", 0.1)


@pytest.fixture(autouse=True)
def _sdf_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment installed before the adapter was there does not know it yet."""
    try:
        registry.provider_for("sdf")
    except UnknownScheme:
        for module in (opening, key_examination):
            monkeypatch.setattr(module, "provider_for", lambda _: SdfProvider())


@pytest.fixture
def device(tmp_path: Path) -> Device:
    made = new_device(tmp_path / "hsm")
    (tmp_path / "pin").write_text(PIN, encoding="utf-8")
    return made


def uri(device: Device, tmp_path: Path, index: int = 1) -> str:
    return str(device.uri(index, f"?pin-source={tmp_path}/pin"))


def test_a_device_in_order_is_found_in_order(device, tmp_path, capsys):
    assert run(["doctor", "--data", str(tmp_path), "--key", uri(device, tmp_path)]) == 0
    said = capsys.readouterr().out
    for title in ("clock", "device", "opens", "signs", "threads", "speed", "chain"):
        assert f"✔ {title} " in said
    assert "TEST-DEVICE" in said
    assert PIN not in said
    assert device.violations == ""


@pytest.mark.parametrize(
    ("fault", "error", "mend"),
    [
        ("pin", "WrongPin", "tokens lock"),
        ("index", "KeyNotFound", "compare the URI"),
        ("gone", "KeyUnavailable", "is the device on"),
        ("answer", "AdapterFault", "do not use it"),
        ("chain", "CertificateMismatch", "qianyin key import"),
        ("mode", "KeyRefused", "library's owner"),
    ],
)
def test_what_is_wrong_is_named_with_how_to_mend_it(device, tmp_path, capsys, fault, error, mend):
    arguments = ["doctor", "--data", str(tmp_path), "--key"]
    arguments.append(uri(device, tmp_path, 9 if fault == "index" else 1))
    if fault == "pin":
        (tmp_path / "pin").write_text("not this one", encoding="utf-8")
    elif fault == "gone":
        (device.memory / "gone").touch()
    elif fault == "answer":
        device.answer("other-key")
    elif fault == "mode":
        device.module.chmod(0o777)
    elif fault == "chain":
        chain = tmp_path / "chain.pem"
        chain.write_bytes(b"".join(one.to_pem() for one in pki().leaf.chain))
        arguments += ["--chain", str(chain)]
    assert run(arguments) == 1
    said = capsys.readouterr().out
    assert f"✘ {error}" in said
    assert mend in said
    assert PIN not in said
    assert "not this one" not in said
    assert device.wrong_tries == (1 if fault == "pin" else 0)


def test_a_key_of_the_deployment_is_examined_by_its_alias_with_its_chain(demo, capsys):
    assert run(["doctor", "--data", str(demo), "--key", "seal-signer"]) == 0
    said = capsys.readouterr().out
    for title in ("chain", "dates", "usage", "speed"):
        assert f"✔ {title} " in said
    assert "in this process" in said


def test_a_clock_that_was_set_back_is_seen(demo, capsys):
    file = demo / "keys.toml"
    before = file.stat()
    os.utime(file, (time.time() + 3600,) * 2)
    try:
        assert run(["doctor", "--data", str(demo), "--key", "seal-signer"]) == 1
    finally:
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "✘ clock" in capsys.readouterr().out


def test_a_key_of_no_scheme_is_told(tmp_path, capsys):
    assert run(["doctor", "--data", str(tmp_path), "--key", "nothing:a=b"]) == 1
    assert "install the adapter" in capsys.readouterr().out


def test_the_speed_of_a_key_is_one_json_object(device, tmp_path, capsys):
    arguments = ["bench", "sign", "--seconds", "0.5", "--threads", "2", "--json"]
    assert run([*arguments, "--key", uri(device, tmp_path)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["suite"] == "SM2_SM3"
    assert said["per_second"] > 0
    assert run([*arguments[:-1], "--key", uri(device, tmp_path)]) == 0
    assert "signatures/s with 2 threads" in capsys.readouterr().out


def test_the_keys_of_a_device_are_listed_without_a_pin(device, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(key_command, "provider_for", lambda _: SdfProvider())
    named = f"sdf:module-path={device.module}"
    assert run(["key", "list", "--data", str(tmp_path), "--device", named]) == 0
    said = capsys.readouterr().out
    assert f"{named};index=1  SM2_SM3  3059" in said
    assert "index=16" in said
    monkeypatch.undo()
    assert run(["key", "list", "--data", str(tmp_path), "--device", "soft:path=a"]) != 0


def test_the_speed_of_a_key_goes_with_signing_only(device, tmp_path):
    assert run(["bench", "issue", "--key", uri(device, tmp_path)]) != 0
