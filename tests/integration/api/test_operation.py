"""Health, readiness, metrics, logs, and errors nobody expected."""

import json
import logging
from datetime import timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.errors import BadSettings
from api.logs import JsonLines
from api.metrics import MetricsServer
from api.settings import Settings
from api.wiring import build
from verify.errors import BadTrustAnchor

DAY = 86400


def test_alive_and_ready(world):
    assert world.http.get("/healthz").json() == {"status": "ok"}
    ready = world.http.get("/readyz").json()
    assert ready["status"] == "ok"
    assert set(ready["checks"]) == {"database", "keys", "anchors", "sm2"}
    assert len(ready["warnings"]) == len(world.services.pool.missing_walls)


def test_a_database_that_is_not_at_this_version_is_not_ready(new_world):
    from api.migrating import downgrade

    world = new_world()
    downgrade(world.services.engine, "base")
    ready = world.http.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]["database"]) == (503, False)


def test_trust_anchors_are_pem_that_openssl_style_readers_take(world):
    from keystore import Certificate

    answer = world.http.get("/v1/trust-anchors")
    assert answer.headers["Content-Type"] == "application/x-pem-file"
    assert [one.der for one in Certificate.load_pem_chain(answer.content)] == [
        one.der for one in world.services.anchors.certificates
    ]


def test_metrics_are_never_on_the_public_port(world):
    assert world.http.get("/metrics").status_code == 404


def test_metrics_count_requests_by_template_and_verdicts_by_state(world, issued, issued_pdf):
    world.verify(issued_pdf)
    world.verify(b"nothing")
    world.http.request("BREW", "/v1/license-types")
    server = MetricsServer.start(world.services.metrics, "127.0.0.1", 19464)
    try:
        text = httpx.get(f"http://127.0.0.1:{server.port}/metrics", trust_env=False).text
    finally:
        server.close()
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["qianyin_verdicts_total", "in-force"] >= 1
    assert samples["qianyin_verdicts_total", "not-a-pdf"] >= 1
    assert samples["qianyin_issuing_steps_total", "completed"] >= 1
    assert samples["qianyin_requests_total", "/v1/licenses", "201", "POST"] >= 1
    assert any("other" in key for key in samples)
    assert issued["identifier"] not in text


def test_metrics_and_log_say_when_keys_and_seals_end(world, caplog):
    (endings,) = (one for one in world.services.rounds if one.name == "endings")
    endings.turn()
    text = world.services.metrics.text().decode()
    samples = {
        (one.labels["kind"], one.labels["alias"]): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
        if one.name == "qianyin_seconds_until_end"
    }
    left = min(samples.values())
    assert {("key", "seal-signer"), ("seal", "authority")} <= set(samples)
    assert left > 60 * DAY
    caplog.clear()
    world.clock.offset = timedelta(seconds=left - 7 * DAY)
    for _ in range(2):
        endings.turn()
        world.http.get("/healthz")
    world.clock.offset = timedelta()
    loud = [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
    assert loud
    assert len(loud) == len(set(loud))
    assert all("(URGENT)" in one for one in loud)


def test_a_second_process_takes_the_next_port(world):
    first = MetricsServer.start(world.services.metrics, "127.0.0.1", 19564)
    second = MetricsServer.start(world.services.metrics, "127.0.0.1", 19564)
    assert second.port > first.port
    first.close()
    second.close()


def test_without_any_port_the_service_starts_all_the_same(world):
    assert MetricsServer.start(world.services.metrics, "203.0.113.1", 19664) is None


def test_an_error_nobody_expected_says_nothing_and_logs_everything(world, monkeypatch, caplog):
    def break_down(*_args, **_kwargs):
        raise RuntimeError("the password is 42")

    monkeypatch.setattr(type(world.services.catalog), "__iter__", break_down)
    headers = {"X-Request-Id": "support-case-7"}
    answer = world.http.get("/v1/license-types", headers=headers)
    assert answer.status_code == 500
    body = answer.json()
    assert body["type"].endswith("/problems/internal")
    assert body["request_id"] == "support-case-7"
    assert "42" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    record = next(one for one in caplog.records if one.exc_info)
    line = json.loads(JsonLines().format(record))
    assert "the password is 42" in line["traceback"]


def test_every_answer_has_a_request_id_and_the_headers(world):
    for path in ("/", "/v1/license-types", "/nowhere", "/v1/licenses/x"):
        headers = world.http.get(path).headers
        assert headers["X-Request-Id"]
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_another_method_or_address_is_a_problem(world):
    answer = world.http.put("/v1/license-types")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert answer.json()["type"].endswith("method-not-allowed")
    assert world.http.get("/v1/nothing").json()["type"].endswith("not-found")


def test_a_log_line_names_no_person_and_no_licence(world, caplog):
    caplog.set_level(logging.INFO)
    made = world.issue("logged").json()
    world.http.get(f"/v1/licenses/{made['identifier']}", headers=world.auth())
    world.http.get(made["public_page"])
    lines = [JsonLines().format(record) for record in caplog.records if record.name == "api.access"]
    assert any('"route": "/l/{identifier}"' in line for line in lines)
    secrets = (made["holder"]["name"], made["identifier"], made["public_page"].partition("c=")[2])
    assert not any(secret in line for line in lines for secret in secrets)


PRODUCTION = {
    "environment": "production",
    "public_base_url": "https://licences.example.cn",
    "authority_name": "某市农业农村局",
    "authority_code": "11990000000000002W",
    "authority_province": "某",
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"public_base_url": "http://licences.example.cn"}, "https"),
        ({"authority_name": "示例市农业农村局"}, "authority_name"),
        ({"authority_code": "11990000000000001G"}, "authority_code"),
        ({"authority_province": "例"}, "authority_province"),
    ],
)
def test_production_refuses_what_is_only_for_trying_out(settings, change, words):
    values = {**settings.model_dump(), **PRODUCTION, **change}
    with pytest.raises(BadSettings, match=words):
        build(Settings(**values))


def test_production_does_not_issue_with_a_key_in_a_file(settings):
    services = build(Settings(**{**settings.model_dump(), **PRODUCTION}))
    with pytest.raises(BadSettings, match="device"):
        services.desk.issuer()
    assert services.readiness().checks["keys"] is False
    assert services.samples.offered("zh") == ()


def test_a_first_start_in_production_writes_no_passphrase_in_clear(settings):
    settings.keyring_file.unlink()
    for name in ("master-keys.toml", "secrets/token-key.passphrase", "secrets/token-key.pem"):
        (settings.data_dir / name).unlink(missing_ok=True)
    values = {**settings.model_dump(), **PRODUCTION}
    with pytest.raises(BadSettings, match=r"token-key\.passphrase would be made in clear"):
        build(Settings(**values))
    assert not (settings.secrets_dir / "token-key.passphrase").exists()
    assert not (settings.secrets_dir / "token-key.pem").exists()
    values["allowed_clear_secrets"] = frozenset({"token-key.passphrase"})
    build(Settings(**values))
    assert (settings.secrets_dir / "token-key.passphrase").exists()


def test_without_a_trust_anchor_the_service_does_not_start(settings):
    for path in settings.trust_dir.iterdir():
        path.unlink()
    with pytest.raises(BadTrustAnchor):
        build(settings)


def test_settings_can_be_handed_to_another_process(settings, monkeypatch):
    changed = settings.model_copy(update={"allowed_soft_keys": frozenset({"a"}), "examiners": 3})
    for name, value in changed.as_environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == changed


def test_an_unknown_setting_is_an_error(settings):
    with pytest.raises(ValueError, match="extra"):
        Settings(data_dir=settings.data_dir, no_such_setting=1)
