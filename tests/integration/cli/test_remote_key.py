"""A key in another zone, by commands; and a service that is killed forgets nothing that counts."""

import json
import secrets
from datetime import UTC, datetime

import pytest

from api import key_examination
from api.cli.main import run
from hsm_adapters.remote.channels import Channels
from hsm_adapters.remote.service_file import ServiceFile
from hsm_adapters.remote.trust import tls_context
from keystore import KeyUri, Signer, no_secrets
from keystore.opening import open_key
from keystore.remote_requests import Operation, RemoteRequest
from tests.fakes.key_zones import ALIAS, CALLER, CALLER_PASS, PIN, PURPOSE, new_zone, serving


@pytest.fixture
def remote(tmp_path, monkeypatch):
    monkeypatch.setattr(key_examination, "SPEED_SECONDS", 0.1)
    zone = new_zone(tmp_path / "zone")
    (zone.here / "tls.pass").write_text(f"{PIN}\n", encoding="utf-8")
    with serving(zone):
        yield zone, str(zone.uri(query=f"?pin-source={zone.here}/tls.pass"))


def test_the_doctor_examines_a_key_in_another_zone(remote, capsys, tmp_path):
    zone, uri = remote
    asked = ["doctor", "--key", uri, "--chain", str(zone.there / "signer.pem")]
    run([*asked, "--data", str(tmp_path)])
    said = capsys.readouterr().out
    for title in ("clock", "device", "opens", "signs", "threads", "speed", "chain", "usage"):
        assert f"✔ {title} " in said
    for secret in (PIN, CALLER_PASS):
        assert secret not in said


def test_the_doctor_says_that_the_service_is_away_or_does_not_grant_it(remote, capsys, tmp_path):
    zone, uri = remote
    away = uri.replace("service.toml", "away.toml")
    lines = (zone.here / "service.toml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("port")]
    (zone.here / "away.toml").write_text("\n".join([*kept, "port = 1"]), encoding="utf-8")
    assert run(["doctor", "--key", away, "--data", str(tmp_path)]) == 1
    assert "✘ KeyUnavailable" in capsys.readouterr().out
    leak = uri.replace("purpose=seal", "purpose=leak")
    assert run(["doctor", "--key", leak, "--data", str(tmp_path)]) == 1
    assert "✘ KeyRefused" in capsys.readouterr().out
    assert zone.log[-1]["outcome"] == "purpose"


def test_the_speed_of_a_key_in_another_zone_is_one_json_object(remote, capsys):
    _, uri = remote
    options = ["--seconds", "0.5", "--threads", "2", "--json"]
    assert run(["bench", "sign", "--key", uri, *options]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["suite"] == "SM2_SM3"
    assert said["per_second"] > 0


class Caller:
    """Sends what it is given, as often as it likes: nothing of the adapter's own care."""

    def __init__(self, zone):
        self.zone = zone

    def made(self):
        request = RemoteRequest(
            operation=Operation.SIGN,
            service="zone-1",
            caller=CALLER,
            key=ALIAS,
            purpose=PURPOSE,
            nonce=secrets.token_hex(16),
            time=datetime.now(UTC),
            suite="SM2_SM3",
            digest="ab" * 32,
        )
        here = self.zone.here
        uri = KeyUri.parse(f"soft:path={here}/request.sm2?pin-source={here}/request.pass")
        with open_key(uri, no_secrets) as key:
            return request.signed(Signer.of(key))

    def send(self, sent):
        service = ServiceFile.read(self.zone.here / "service.toml")
        channels = Channels(service, tls_context(service, self.zone.uri(), lambda _: PIN), 30)
        try:
            return channels.ask(*sent).status
        finally:
            channels.close()


@pytest.mark.slow
def test_a_service_killed_and_started_again_takes_no_request_twice_and_keeps_its_counts(tmp_path):
    zone = new_zone(tmp_path / "zone", per_day=3)
    caller = Caller(zone)
    try:
        zone.start()
        first, second = caller.made(), caller.made()
        assert [caller.send(one) for one in (first, second, first)] == [200, 200, 409]
        zone.kill()
        zone.start()
        assert [caller.send(one) for one in (first, second)] == [503, 503]  # just started
        assert [caller.send(caller.made()) for _ in range(2)] == [200, 429]
    finally:
        zone.kill()
    outcomes = [line["outcome"] for line in zone.log]
    assert outcomes.count("done") == 3
