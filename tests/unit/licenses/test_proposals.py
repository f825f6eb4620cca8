"""Two people start: every way round that, first."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from keystore.errors import KeyUnavailable
from licenses.audit import AuditAction, verify_chain
from licenses.database import read_session, write_session
from licenses.errors import (
    ActNotAllowed,
    BadProposal,
    ClientExists,
    IllegalTransition,
    LicenseError,
    PayloadChanged,
    ProposalNotFound,
    ProposalNotOpen,
    UnknownPerson,
    UnknownSeal,
)
from licenses.payloads import payload_sm3, shown
from licenses.proposal_records import ProposalHead, ProposalState
from licenses.proposals import LIFETIME
from licenses.roles import ACTS, Act, Role
from licenses.seals import SealState
from tests.fakes.governing import (
    AUDIT,
    SECURITY,
    SYSTEM,
    Office,
    adding,
    granting,
    importing,
    new_enrolment,
)
from tests.fakes.registers import NOW


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    office.seals.register("demo", "示例印章", by=SYSTEM, now=NOW)
    yield office
    office.engine.dispose()


def _sql(office: Office, statement: str, **values: object) -> None:
    with write_session(office.engine) as connection:
        connection.execute(text(statement), values)


def test_nobody_approves_what_they_proposed(office: Office) -> None:
    _, kept = new_enrolment()
    for by in (SYSTEM, SECURITY):
        asked = office.propose(Act.PERSON_ADD, adding(f"new-{by}", Role.AUDIT, kept), by=by)
        with pytest.raises(ActNotAllowed, match="nobody approves what they proposed"):
            office.approve(asked, by=by)


def test_it_takes_two_roles_not_only_two_names(office: Office) -> None:
    office.add_person("second-system", Role.SYSTEM)
    _, kept = new_enrolment()
    asked = office.propose(Act.PERSON_ADD, adding("third-system", Role.SYSTEM, kept))
    with pytest.raises(ActNotAllowed, match="two roles"):
        office.approve(asked, by="second-system")


@pytest.mark.parametrize("act", list(Act))
def test_the_audit_administrator_proposes_and_approves_nothing(office: Office, act: Act) -> None:
    assert Role.AUDIT not in ACTS[act].propose | ACTS[act].approve
    asked = office.propose(Act.SEAL_IMPORT, importing())
    with pytest.raises(ActNotAllowed):
        office.approve(asked, by=AUDIT)
    with pytest.raises(ActNotAllowed):
        office.proposals.reject(asked.id, reason="x", by=AUDIT, now=NOW)


def test_security_proposes_no_seal_and_system_approves_none(office: Office) -> None:
    with pytest.raises(ActNotAllowed, match="may not propose"):
        office.propose(Act.SEAL_IMPORT, importing(), by=SECURITY)
    office.add_person("second-system", Role.SYSTEM)
    asked = office.propose(Act.SEAL_IMPORT, importing())
    with pytest.raises(ActNotAllowed, match="may not approve"):
        office.approve(asked, by="second-system")


def test_a_disabled_person_approves_nothing(office: Office) -> None:
    office.add_person("second-security", Role.SECURITY)
    asked = office.propose(Act.SEAL_IMPORT, importing())
    office.people.disable("second-security", by=SYSTEM, now=NOW)
    with pytest.raises(UnknownPerson):
        office.approve(asked, by="second-security")
    with pytest.raises(UnknownPerson):
        office.approve(asked, by="nobody")


def test_an_approval_is_not_good_twice(office: Office) -> None:
    office.done(Act.SEAL_IMPORT, importing())
    asked = office.propose(Act.SEAL_GRANT, granting())
    office.approve(asked)
    with pytest.raises(ProposalNotOpen):
        office.approve(asked)
    assert len(office.grants.of_seal("demo")) == 1


def test_a_proposal_expires(office: Office) -> None:
    asked = office.propose(Act.SEAL_IMPORT, importing())
    with pytest.raises(ProposalNotOpen, match="expired"):
        office.approve(asked, now=NOW + LIFETIME)
    assert office.approve(asked, now=NOW + LIFETIME - timedelta(seconds=1)).decided_by == SECURITY


def test_a_payload_swapped_in_the_database_is_not_executed(office: Office) -> None:
    office.done(Act.SEAL_IMPORT, importing())
    asked = office.propose(Act.SEAL_GRANT, granting())
    swapped = asked.payload.replace("approvals", "thieves")
    _sql(office, "UPDATE proposal SET payload = :new WHERE id = :id", new=swapped, id=asked.id)
    with pytest.raises(PayloadChanged):
        office.approve(asked)
    _sql(
        office,
        "UPDATE proposal SET payload_sm3 = :new WHERE id = :id",
        new=payload_sm3(asked.act, swapped),
        id=asked.id,
    )
    with pytest.raises(PayloadChanged):
        office.approve(asked)
    with pytest.raises(PayloadChanged):  # even for an approver who was shown the swapped one
        office.approve(office.proposals.find(asked.id))
    assert office.grants.of_seal("demo") == ()


def test_an_act_swapped_in_the_database_is_not_executed(office: Office) -> None:
    payload = {"seal": "demo", "reason": "示例"}
    asked = office.propose(Act.SEAL_DESTROY, payload)
    _sql(office, "UPDATE proposal SET act = 'seal.resume' WHERE id = :id", id=asked.id)
    with pytest.raises(PayloadChanged):
        office.approve(asked)


def test_the_approver_names_what_was_seen(office: Office) -> None:
    asked = office.propose(Act.SEAL_IMPORT, importing())
    with pytest.raises(PayloadChanged):
        office.proposals.approve(asked.id, seen_sm3="00" * 32, by=SECURITY, now=NOW)


def test_of_two_approvals_at_once_one_counts(office: Office) -> None:
    office.done(Act.SEAL_IMPORT, importing())
    office.add_person("second-security", Role.SECURITY)
    asked = office.propose(Act.SEAL_GRANT, granting())

    def approve(by: str) -> str:
        try:
            return office.approve(asked, by=by).state
        except LicenseError as error:
            return type(error).__name__

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(approve, [SECURITY, "second-security"] * 4))
    assert sorted(told) == ["EXECUTED"] + ["ProposalNotOpen"] * 7
    assert len(office.grants.of_seal("demo")) == 1


def test_a_failed_installation_is_finished_by_its_approver_and_by_nobody_else(
    office: Office,
) -> None:
    office.add_person("second-security", Role.SECURITY)
    office.installer.fault = KeyUnavailable("away")
    asked = office.propose(Act.SEAL_IMPORT, importing())
    with pytest.raises(KeyUnavailable):
        office.approve(asked)
    assert office.proposals.find(asked.id).state is ProposalState.APPROVED
    assert office.seals.find("demo").state is SealState.REGISTERED
    office.installer.fault = None
    with pytest.raises(ProposalNotOpen, match="must finish it"):
        office.approve(asked, by="second-security")
    assert office.approve(asked).state is ProposalState.EXECUTED
    assert office.seals.find("demo").esl_sm3 == "ee" * 32


def test_an_act_that_fails_leaves_its_proposal_open(office: Office) -> None:
    _, kept = new_enrolment()
    asked = office.propose(Act.PERSON_ADD, adding(AUDIT, Role.SYSTEM, kept))
    with pytest.raises(ClientExists):
        office.approve(asked)
    assert office.proposals.find(asked.id).state is ProposalState.OPEN


def test_a_rejected_proposal_stays_rejected_and_its_maker_may_take_it_back(office: Office) -> None:
    for by, decided_by in ((SECURITY, SECURITY), (SYSTEM, None)):
        asked = office.propose(Act.SEAL_IMPORT, importing())
        told = office.proposals.reject(asked.id, reason="材料不全", by=by, now=NOW)
        assert (told.state, told.decided_by, told.reason) == (
            ProposalState.REJECTED,
            decided_by,
            "材料不全",
        )
        with pytest.raises(ProposalNotOpen):
            office.approve(asked)


@pytest.mark.parametrize(
    ("act", "payload"),
    [
        (Act.SEAL_GRANT, granting(per_day=0)),
        (Act.SEAL_GRANT, granting(in_all=True)),
        (Act.SEAL_GRANT, granting(license_types=[])),
        (Act.SEAL_GRANT, granting(license_types="*")),
        (Act.SEAL_GRANT, granting(valid_from="2026-01-01")),
        (Act.SEAL_GRANT, granting(valid_until=NOW.isoformat())),
        (Act.SEAL_GRANT, granting(client="=cmd|x")),
        (Act.SEAL_GRANT, granting(also="this")),
        (Act.SEAL_IMPORT, importing("../etc")),
        (Act.SEAL_IMPORT, importing() | {"file": "not base64"}),
        (Act.SEAL_DESTROY, {"seal": "demo"}),
        (Act.PERSON_ADD, {"name": "x", "full_name": "x", "role": "king", "enrolment": "x"}),
        (Act.SEAL_DESTROY, {"seal": "demo", "reason": "a" * 201}),
        (Act.SEAL_DESTROY, {"seal": "demo", "reason": "查", "\ud800": 1}),
        (Act.SEAL_GRANT, granting(valid_from="0001-01-01T00:00:00+14:00")),
        (Act.SEAL_GRANT, granting(valid_until="9999-12-31T23:59:59-14:00")),
        (Act.SEAL_IMPORT, importing() | {"maker_chain": "-----BEGIN CERTIFICATE-----\ud800"}),
        (Act.PERSON_ADD, {"name": "xx", "full_name": "x", "role": ["audit"], "enrolment": "x"}),
    ],
)
def test_a_payload_that_is_not_of_its_form_is_not_proposed(
    office: Office, act: Act, payload: dict[str, object]
) -> None:
    with pytest.raises(BadProposal):
        office.propose(act, payload)


def test_what_the_seals_state_does_not_allow_is_not_proposed(office: Office) -> None:
    with pytest.raises(IllegalTransition):
        office.propose(Act.SEAL_GRANT, granting())
    with pytest.raises(UnknownSeal):
        office.propose(Act.SEAL_IMPORT, importing("other"))
    with pytest.raises(ProposalNotFound):
        office.proposals.find(99)


def test_everybody_sees_all_that_will_be_done_and_long_files_by_digest(office: Office) -> None:
    asked = office.propose(Act.SEAL_IMPORT, importing() | {"file": "QUJD" * 1000})
    told = shown(asked.fields)
    assert told["seal"] == "demo"
    assert told["file"].startswith("3000 bytes, SM3 ")
    assert [one.id for one in office.proposals.newest(state=ProposalState.OPEN)] == [asked.id]
    assert len(office.proposals.newest()) == 1


def test_a_list_of_proposals_reads_no_payload(office: Office) -> None:
    asked = office.propose(Act.SEAL_IMPORT, importing())
    _sql(office, "UPDATE proposal SET payload = 'no JSON' WHERE id = :id", id=asked.id)
    (head,) = office.proposals.newest()
    assert head == ProposalHead(**{one.name: getattr(asked, one.name) for one in fields(head)})


def test_every_step_is_in_the_audit_trail(office: Office) -> None:
    asked = office.done(Act.SEAL_IMPORT, importing())
    told = office.register.history(f"proposal:{asked.id}")
    assert [(one.action, one.actor) for one in told] == [
        (AuditAction.PROPOSED, SYSTEM),
        (AuditAction.APPROVED, SECURITY),
        (AuditAction.EXECUTED, SECURITY),
    ]
    with read_session(office.engine) as connection:
        assert verify_chain(connection).sequence > 5
