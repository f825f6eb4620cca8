"""Bad keys, certificates, seals and grants: refused with the reason, logged, nothing issued."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from keystore import Certificate
from licenses.audit import AuditAction
from licenses.database import read_session, write_session
from licenses.lifecycle import LicenseState
from licenses.models import AUDIT_ENTRY
from licenses.seal_models import SEAL_GRANT
from tests.fakes.moved_keys import move_key_into_device, move_key_into_token


def problem(answer):
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].rpartition("/")[2]


def history(world):
    """What is on record of the one licence that was asked for; it has no file and no day."""
    (record,) = world.services.register.page().records
    assert record.state is LicenseState.RESERVED
    assert record.file_sm3 is None
    return world.services.register.history(record.identifier)


def logged(caplog):
    """What the service's own log says, causes included."""
    causes = [str(one.exc_info[1]) for one in caplog.records if one.exc_info]
    loud = [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]
    return "\n".join([*causes, *loud])


def no_word_of(text, answer):
    assert text not in answer.text


@pytest.mark.parametrize("move", [move_key_into_device, move_key_into_token])
def test_a_wrong_pin_reaches_the_device_once_however_often_a_licence_is_asked_for(
    new_world, tmp_path, caplog, move
):
    world = new_world()
    device = move(world.services.settings, tmp_path / "hsm")
    secret = world.services.settings.data_dir / "secrets/device.pin"
    secret.write_text("not-the-pin", encoding="utf-8")
    for number in range(3):
        answer = world.issue(f"case-{number}")
        assert problem(answer) == (500, "key-fault")
        no_word_of("PIN", answer)
    assert device.wrong_tries == 1
    assert "refused" in logged(caplog)
    assert "not-the-pin" not in caplog.text
    assert world.services.register.page().records == ()


@pytest.mark.parametrize("move", [move_key_into_device, move_key_into_token])
def test_a_signature_that_is_not_the_keys_own_never_leaves(new_world, tmp_path, caplog, move):
    world = new_world()
    device = move(world.services.settings, tmp_path / "hsm")
    device.answer("other-key")
    assert problem(world.issue("case")) == (500, "key-fault")
    assert "not its own" in logged(caplog)
    failed = history(world)[-1]
    assert (failed.action, failed.details["cause"]) == (AuditAction.FAILED, "AdapterFault")
    device.answer("")
    assert world.issue("case").status_code == 201


@pytest.mark.parametrize("move", [move_key_into_device, move_key_into_token])
def test_a_public_key_that_is_not_the_certificates_opens_nothing(new_world, tmp_path, caplog, move):
    world = new_world()
    device = move(world.services.settings, tmp_path / "hsm")
    device.answer("other-public-key")
    assert problem(world.issue("case")) == (500, "key-fault")
    assert "is not of the key" in logged(caplog)
    assert world.services.register.page().records == ()


def test_an_expired_certificate_seals_nothing(new_world, caplog):
    world = new_world()
    path = world.services.settings.certificates_dir / "seal-signer.pem"
    end = Certificate.load_pem_chain(path.read_bytes())[0].not_after
    world.clock.offset = end - world.clock() + timedelta(hours=1)
    with write_session(world.services.engine) as connection:
        connection.execute(update(SEAL_GRANT).values(valid_until=end + timedelta(days=1)))
    answer = world.issue("case")
    assert problem(answer) == (503, "seal-not-in-force")
    assert "certificate" in answer.json()["detail"]
    assert "is not valid on" in logged(caplog)
    assert AuditAction.INTENDED not in {one.action for one in history(world)}


def test_a_seal_that_does_not_list_the_signer_seals_nothing(new_world, caplog):
    world = new_world()
    file = world.services.settings.keyring_file
    text = file.read_text(encoding="utf-8")
    assert 'key = "seal-signer"' in text
    file.write_text(text.replace('key = "seal-signer"', 'key = "seal-maker"'), encoding="utf-8")
    assert problem(world.issue("case")) == (500, "key-fault")
    assert "does not list the certificate" in logged(caplog)
    assert world.services.register.page().records == ()


def test_a_grant_that_is_used_up_seals_nothing(new_world):
    world = new_world()
    assert world.issue("first").status_code == 201
    with write_session(world.services.engine) as connection:
        connection.execute(update(SEAL_GRANT).values(in_all=SEAL_GRANT.c.used))
    answer = world.issue("second")
    assert problem(answer) == (403, "grant-used-up")
    assert world.issue("first").status_code == 200  # which is no further use
    states = [one.state for one in world.services.register.page().records]
    assert states.count(LicenseState.ISSUED) == 1
    refused = select(AUDIT_ENTRY.c.actor, AUDIT_ENTRY.c.details).where(
        AUDIT_ENTRY.c.action == AuditAction.USE_REFUSED
    )
    with read_session(world.services.engine) as connection:
        (line,) = connection.execute(refused).all()
    assert line.actor == "approvals"
    assert "GrantUsedUp" in str(line.details)
