"""The administrators: one role each, proven by a secret nobody else has seen."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from licenses.client_locks import FAILURES_BEFORE_LOCK
from licenses.client_secrets import enrolment_of, enrolment_text, read_enrolment
from licenses.clients import Clients
from licenses.database import write_session
from licenses.errors import (
    ActNotAllowed,
    BadProposal,
    ClientExists,
    ClientLocked,
    ClientRefused,
    IllegalTransition,
    LastOfRole,
    PersonExists,
    PersonNotFound,
    UnknownClient,
)
from licenses.people import PersonRecord
from licenses.roles import ACTS, RIGHTS, SCOPES, Act, Right, Role
from tests.fakes.governing import (
    AUDIT,
    FIRST,
    SECURITY,
    SYSTEM,
    Office,
    adding,
    cheap,
    new_enrolment,
)
from tests.fakes.registers import NOW


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    yield office
    office.engine.dispose()


@pytest.mark.parametrize("role", list(Role))
def test_the_first_of_a_role_is_set_up_alone_and_no_other(office: Office, role: Role) -> None:
    _, kept = new_enrolment()
    person = PersonRecord("somebody", "某示例", role, NOW, None)
    with pytest.raises(PersonExists):
        office.people.set_up_first(person, kept, by="operator:test", now=NOW)


def test_disabling_does_not_open_the_first_set_up_again(office: Office) -> None:
    office.add_person("second-security", Role.SECURITY)
    for name in (SECURITY, "second-security"):
        try:
            office.people.disable(name, by=SYSTEM, now=NOW)
        except LastOfRole:
            assert name == "second-security"
    _, kept = new_enrolment()
    person = PersonRecord("mine", "某示例", Role.SECURITY, NOW, None)
    with pytest.raises(PersonExists):
        office.people.set_up_first(person, kept, by="operator:test", now=NOW)


def test_one_name_has_one_role_for_good(office: Office) -> None:
    _, kept = new_enrolment()
    asked = office.propose(Act.PERSON_ADD, adding(AUDIT, Role.SECURITY, kept))
    with pytest.raises(ClientExists):
        office.approve(asked)
    assert {one.name: one.role for one in office.people.all()} == FIRST


def test_a_person_is_known_by_the_secret_and_a_client_is_no_person(office: Office) -> None:
    for name, role in FIRST.items():
        found = office.people.authenticate(name, office.secrets[name], now=NOW)
        assert (found.name, found.role) == (name, role)
    for name, secret in ((SYSTEM, office.secrets[AUDIT]), ("nobody", "x")):
        with pytest.raises(ClientRefused):
            office.people.authenticate(name, secret, now=NOW)
    clients = Clients(office.engine, cheap)
    secret = clients.add("approvals", frozenset({"seals:approve"}), by="test", now=NOW)
    with pytest.raises(ClientRefused):
        office.people.authenticate("approvals", secret, now=NOW)


def test_guesses_at_a_secret_lock_a_person_out_and_other_wrong_ones_do_not(
    office: Office,
) -> None:
    near = office.secrets[SYSTEM][:-43] + "A" * 43
    for guess in ("wrong", near):
        assert office.people.authenticate(SYSTEM, office.secrets[SYSTEM], now=NOW)
        for _ in range(FAILURES_BEFORE_LOCK):
            with pytest.raises(ClientRefused):
                office.people.authenticate(SYSTEM, guess, now=NOW)
    with pytest.raises(ClientLocked):
        office.people.authenticate(SYSTEM, office.secrets[SYSTEM], now=NOW)
    later = NOW + timedelta(hours=2)
    assert office.people.authenticate(SYSTEM, office.secrets[SYSTEM], now=later).name == SYSTEM


def test_an_operator_cannot_change_a_persons_secret_as_if_it_were_a_clients(
    office: Office,
) -> None:
    clients = Clients(office.engine, cheap)
    for change in (
        lambda: clients.rotate(SECURITY, overlap=timedelta(), by="operator:x", now=NOW),
        lambda: clients.disable(SECURITY, by="operator:x", now=NOW),
        lambda: clients.unlock(SECURITY, by="operator:x", now=NOW),
    ):
        with pytest.raises(UnknownClient, match="is a person"):
            change()
    assert clients.all() == ()


def test_a_rotated_secret_ends_at_once(office: Office) -> None:
    new = office.people.rotate(SYSTEM, now=NOW)
    with pytest.raises(ClientRefused):
        office.people.authenticate(SYSTEM, office.secrets[SYSTEM], now=NOW)
    assert office.people.authenticate(SYSTEM, new, now=NOW).name == SYSTEM


def test_a_lost_secret_is_replaced_by_two_others_who_never_see_the_new_one(
    office: Office,
) -> None:
    new, kept = new_enrolment()
    payload = {"name": AUDIT, "enrolment": enrolment_text(kept)}
    asked = office.done(Act.PERSON_SECRET, payload)
    assert new not in asked.payload
    assert office.people.authenticate(AUDIT, new, now=NOW).name == AUDIT
    with pytest.raises(ClientRefused):
        office.people.authenticate(AUDIT, office.secrets[AUDIT], now=NOW)


def test_the_last_of_a_role_stays_and_an_auditor_stops_nobody(office: Office) -> None:
    with pytest.raises(LastOfRole):
        office.people.disable(SECURITY, by=SYSTEM, now=NOW)
    with pytest.raises(ActNotAllowed):
        office.people.disable(SECURITY, by=AUDIT, now=NOW)
    secret = office.add_person("second-security", Role.SECURITY)
    office.people.disable("second-security", by=SECURITY, now=NOW)
    with pytest.raises(ClientRefused):
        office.people.authenticate("second-security", secret, now=NOW)


def test_the_rights_of_the_roles_exclude_each_other_where_it_counts() -> None:
    assert RIGHTS.keys() == set(Right)
    assert SCOPES[Role.AUDIT] == {"people:read", "proposals:read", "seals:read", "uses:read"}
    assert "uses:read" not in SCOPES[Role.SYSTEM] | SCOPES[Role.SECURITY]
    assert SCOPES[Role.SYSTEM] - SCOPES[Role.SECURITY] == {"seals:register"}
    for rule in ACTS.values():
        assert rule.propose <= RIGHTS[Right.PROPOSE]
        assert rule.approve <= RIGHTS[Right.DECIDE]


def test_a_persons_scopes_are_those_of_the_role_whatever_their_row_says(office: Office) -> None:
    with write_session(office.engine) as connection:
        connection.exec_driver_sql("UPDATE client SET scopes = 'uses:read licenses:issue'")
    clients = Clients(office.engine, cheap)
    for name, role in FIRST.items():
        assert clients.find(name).scopes == SCOPES[role]


def test_whoever_is_disabled_is_found_and_not_disabled_again(office: Office) -> None:
    office.add_person("second-security", Role.SECURITY)
    office.people.disable("second-security", by=SYSTEM, now=NOW)
    assert office.people.find("second-security").disabled_at == NOW
    with pytest.raises(IllegalTransition):
        office.people.disable("second-security", by=SYSTEM, now=NOW)
    for ask in (office.people.find, lambda one: office.people.disable(one, by=SYSTEM, now=NOW)):
        with pytest.raises(PersonNotFound):
            ask("nobody")


def test_an_enrolment_is_read_back_and_anything_else_refused() -> None:
    secret, kept = new_enrolment()
    assert read_enrolment(enrolment_text(kept)) == kept
    assert enrolment_of(secret, cheap).id == kept.id
    for text in ("", secret, enrolment_text(kept) + "0"):
        with pytest.raises(BadProposal):
            read_enrolment(text)
    with pytest.raises(BadProposal):
        enrolment_of("no secret", cheap)
