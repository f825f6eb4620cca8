"""No use without a grant: exact at the last one, and every one a line."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from licenses.audit import AuditAction, history
from licenses.database import open_database, read_session, write_session
from licenses.errors import (
    ActNotAllowed,
    GrantNotInForce,
    GrantUsedUp,
    IllegalTransition,
    KeyUseRefused,
    LicenseError,
    NotGranted,
    SealExists,
    SealNotActive,
    TypeNotGranted,
    UnknownSeal,
    UseRefused,
)
from licenses.grant_records import Asked
from licenses.key_life import KeyStep
from licenses.keys import KeyName, Keys
from licenses.register import Register
from licenses.roles import Act
from licenses.seal_uses import counted_use
from licenses.seals import STEPS, SealState, SealStep
from tests.fakes.governing import AUDIT, SECURITY, SYSTEM, Office, granting, importing
from tests.fakes.registers import KEY, NOW, complete, intend, reserve

TYPE = "animal-clinic"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    yield office
    office.engine.dispose()


def _use(office: Office, subject: str = "case-1", **changes: object) -> None:
    whole = {"seal": "demo", "client": "approvals", "license_type": TYPE, "at": NOW}
    asked = Asked(subject=subject, **(whole | changes))
    with counted_use(office.engine, asked, digest="ab", key=KEY):
        pass


def _told(office: Office, subject: str) -> list[tuple[AuditAction, dict[str, str]]]:
    with read_session(office.engine) as connection:
        return [(one.action, dict(one.details)) for one in history(connection, subject)]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"client": "others"}, NotGranted),
        ({"license_type": "fishing-permit"}, TypeNotGranted),
        ({"at": NOW - timedelta(microseconds=1)}, GrantNotInForce),
        ({"at": NOW + timedelta(days=30)}, GrantNotInForce),
        ({"seal": "unknown"}, SealNotActive),
    ],
)
def test_what_is_not_granted_is_refused_and_the_refusal_is_a_line(
    office: Office, changes: dict[str, object], refusal: type[UseRefused]
) -> None:
    office.seal(license_types=["animal_clinic"])
    office.done(Act.SEAL_GRANT, granting(license_types=["seed_business"]))
    whole = {"license_type": "animal_clinic", **changes}
    with pytest.raises(refusal):
        _use(office, **whole)
    cause = {"cause": refusal.__name__, "seal": whole.get("seal", "demo")}
    assert _told(office, "case-1") == [(AuditAction.USE_REFUSED, cause)]
    assert office.uses.page("demo").uses == ()
    assert {one.used for one in office.grants.of_seal("demo")} == {0}


def test_the_first_and_the_last_moment_of_a_grant(office: Office) -> None:
    office.seal()
    _use(office, "first", at=NOW)
    _use(office, "last", at=NOW + timedelta(days=30) - timedelta(microseconds=1))
    assert office.grants.of_seal("demo")[0].used == 2


def test_a_quota_for_good_and_one_for_the_day(office: Office) -> None:
    office.seal(in_all=3, per_day=2)
    _use(office, "1")
    _use(office, "2")
    with pytest.raises(GrantUsedUp, match="for today"):
        _use(office, "3")
    _use(office, "3", at=NOW + timedelta(days=1))
    with pytest.raises(GrantUsedUp, match="for good"):
        _use(office, "4", at=NOW + timedelta(days=2))


def test_the_day_of_a_quota_is_that_of_beijing(office: Office) -> None:
    office.seal(per_day=1)
    midnight = NOW.replace(hour=16, minute=0)
    _use(office, "1", at=midnight - timedelta(seconds=1))
    _use(office, "2", at=midnight)
    with pytest.raises(GrantUsedUp):
        _use(office, "3", at=midnight + timedelta(hours=23))


def test_a_retry_of_the_same_licence_is_a_line_and_not_counted_again(office: Office) -> None:
    office.seal(in_all=1)
    for _ in range(3):
        _use(office, "case-1")
    assert office.grants.of_seal("demo")[0].used == 1
    assert len(office.uses.page("demo").uses) == 3
    with pytest.raises(GrantUsedUp):
        _use(office, "case-2")


def test_a_retry_under_a_grant_that_ended_needs_another_grant(office: Office) -> None:
    office.seal(in_all=1)
    _use(office, "case-1")
    office.grants.withdraw("demo", 1, by=SECURITY, now=NOW)
    with pytest.raises(GrantNotInForce):
        _use(office, "case-1")
    office.done(Act.SEAL_GRANT, granting(in_all=1))
    _use(office, "case-1")
    assert [one.used for one in office.grants.of_seal("demo")] == [1, 1]


def test_a_second_grant_serves_when_the_first_is_used_up(office: Office) -> None:
    office.seal(in_all=1)
    office.done(Act.SEAL_GRANT, granting(in_all=1))
    _use(office, "1")
    _use(office, "2")
    assert [one.grant for one in office.uses.page("demo").uses] == [2, 1]


def _racing(url: str, name: str, queue: "multiprocessing.Queue[int]") -> None:
    engine = open_database(url)

    def one(number: int) -> int:
        asked = Asked("demo", "approvals", TYPE, f"{name}-{number}", NOW)
        try:
            with counted_use(engine, asked, digest="ab", key=KEY):
                return 1
        except GrantUsedUp:
            return 0

    with ThreadPoolExecutor(8) as pool:
        queue.put(sum(pool.map(one, range(16))))


def test_the_last_use_is_exact_between_threads_and_processes(office: Office) -> None:
    office.seal(in_all=11)
    spawn = multiprocessing.get_context("spawn")
    queue = spawn.Queue()
    runners = [
        spawn.Process(target=_racing, args=(str(office.engine.url), name, queue))
        for name in ("a", "b")
    ]
    for runner in runners:
        runner.start()
    passed = sum(queue.get(timeout=60) for _ in runners)
    for runner in runners:
        runner.join()
    assert passed == 11
    assert office.grants.of_seal("demo")[0].used == 11
    assert len(office.uses.page("demo").uses) == 11


def test_a_use_that_fails_in_its_own_block_is_not_counted(office: Office) -> None:
    office.seal(in_all=1)
    asked = Asked("demo", "approvals", TYPE, "case-1", NOW)
    with (
        pytest.raises(IllegalTransition),
        counted_use(office.engine, asked, digest="ab", key=KEY),
    ):
        raise IllegalTransition("completed meanwhile")
    assert office.grants.of_seal("demo")[0].used == 0


@pytest.mark.parametrize(
    ("obstacle", "refusal"),
    [
        ("UPDATE seal_grant SET client = 'others'", NotGranted),
        ("UPDATE seal_grant SET license_types = 'fishing_permit'", TypeNotGranted),
        ("UPDATE seal_grant SET withdrawn_at = valid_from", GrantNotInForce),
        ("UPDATE seal_grant SET in_all = 1, used = 1", GrantUsedUp),
        ("UPDATE seal SET state = 'SUSPENDED'", SealNotActive),
    ],
)
def test_a_request_that_would_be_refused_takes_no_number(
    office: Office, obstacle: str, refusal: type[UseRefused]
) -> None:
    office.seal()
    with write_session(office.engine) as connection:
        connection.exec_driver_sql(obstacle)
    with pytest.raises(refusal):
        reserve(office.register)
    assert office.register.page().records == ()
    cause = {"cause": refusal.__name__, "seal": "demo"}
    assert _told(office, "seal:demo")[-1] == (AuditAction.USE_REFUSED, cause)
    with write_session(office.engine) as connection:
        connection.exec_driver_sql("UPDATE seal SET state = 'ACTIVE'")
    office.done(Act.SEAL_GRANT, granting())
    assert reserve(office.register).sequence == 1


def test_a_key_that_is_not_active_takes_no_number(office: Office) -> None:
    office.seal()
    name = KeyName(KEY.sm3, "seal-signer", KEY.uri)
    keys = Keys(office.engine)
    for one in (KeyStep.ACTIVATE, KeyStep.RETIRE):
        keys.step(name, one, by="operator", now=NOW)
    with pytest.raises(KeyUseRefused, match="RETIRED"):
        reserve(office.register)
    assert office.register.page().records == ()
    told = {"subject": "seal:demo", "reason": "state-retired"}
    assert _told(office, KEY.sm3)[-1] == (AuditAction.KEY_REFUSED, told)


def test_what_was_reserved_is_given_back_though_it_would_be_refused_now(office: Office) -> None:
    office.seal()
    first = reserve(office.register)
    office.seals.suspend("demo", reason="核查", by=SECURITY, now=NOW)
    assert reserve(office.register) == first
    with pytest.raises(SealNotActive):
        intend(office.register, first)


def test_reserving_counts_nothing(office: Office) -> None:
    office.seal(in_all=1)
    one, two = reserve(office.register, "a"), reserve(office.register, "b")
    assert office.grants.of_seal("demo")[0].used == 0
    intend(office.register, one)
    with pytest.raises(GrantUsedUp):
        intend(office.register, two)


@pytest.mark.parametrize("state", [one for one in SealState if one is not SealState.ACTIVE])
def test_only_an_active_seal_is_used(office: Office, state: SealState) -> None:
    office.seal()
    with write_session(office.engine) as connection:
        connection.exec_driver_sql(f"UPDATE seal SET state = '{state}'")
    with pytest.raises(SealNotActive, match=state):
        _use(office)


def test_one_person_suspends_and_two_resume(office: Office) -> None:
    office.seal()
    with pytest.raises(ActNotAllowed):
        office.seals.suspend("demo", reason="x", by=AUDIT, now=NOW)
    assert office.seals.suspend("demo", reason="查", by=SECURITY, now=NOW).reason == "查"
    with pytest.raises(SealNotActive):
        _use(office)
    office.done(Act.SEAL_RESUME, {"seal": "demo", "reason": "无误"}, by=SECURITY, allowed_by=SYSTEM)
    _use(office)


def test_a_destroyed_seal_stays_destroyed(office: Office) -> None:
    office.seal()
    office.done(Act.SEAL_DESTROY, {"seal": "demo", "reason": "撤销机构"})
    with pytest.raises(SealNotActive, match="DESTROYED"):
        _use(office)
    for act, payload in (
        (Act.SEAL_RESUME, {"seal": "demo", "reason": "x"}),
        (Act.SEAL_GRANT, granting()),
        (Act.SEAL_IMPORT, importing()),
    ):
        with pytest.raises(IllegalTransition):
            office.propose(act, payload)
    assert not any(state is SealState.DESTROYED for state, _ in STEPS)


def test_a_renewed_seal_hands_its_grants_with_their_counts_to_the_new_one(office: Office) -> None:
    office.seal(in_all=2)
    _use(office, "1")
    office.seals.register("new", "新章", by=SYSTEM, now=NOW)
    office.done(Act.SEAL_IMPORT, importing("new", renews="demo"))
    with pytest.raises(SealNotActive, match="RENEWED by 'new'"):
        _use(office, "2")
    _use(office, "2", seal="new")
    with pytest.raises(GrantUsedUp):
        _use(office, "3", seal="new")
    assert [one.subject for one in office.uses.page("demo").uses] == ["1"]
    assert [one.subject for one in office.uses.page("new").uses] == ["2"]


def test_the_system_administrator_registers_a_seal_once(office: Office) -> None:
    for by in (SECURITY, AUDIT):
        with pytest.raises(ActNotAllowed):
            office.seals.register("demo", "x", by=by, now=NOW)
    office.seals.register("demo", "x", by=SYSTEM, now=NOW)
    with pytest.raises(SealExists):
        office.seals.register("demo", "x", by=SYSTEM, now=NOW)
    with pytest.raises(UnknownSeal):
        office.seals.find("other")
    assert [one.alias for one in office.seals.all()] == ["demo"]


def test_an_auditor_withdraws_nothing_and_a_grant_ends_once(office: Office) -> None:
    office.seal()
    with pytest.raises(ActNotAllowed):
        office.grants.withdraw("demo", 1, by=AUDIT, now=NOW)
    with pytest.raises(NotGranted):
        office.grants.withdraw("other", 1, by=SYSTEM, now=NOW)
    office.grants.withdraw("demo", 1, by=SYSTEM, now=NOW)
    with pytest.raises(NotGranted):
        office.grants.withdraw("demo", 1, by=SYSTEM, now=NOW)


def test_every_use_says_who_grant_key_digest_when_and_outcome(office: Office) -> None:
    office.seal()
    register = Register(office.engine)
    issued, failed, died = (reserve(register, key) for key in ("a", "b", "c"))
    for one in (issued, failed, died):
        intend(register, one)
    complete(register, issued)
    register.failed(failed, cause="KeyLost", by="approvals", now=NOW)
    last, middle, first = office.uses.page("demo").uses
    assert [one.outcome for one in (first, middle, last)] == ["completed", "KeyLost", ""]
    assert last.ended_at is None
    assert (first.client, first.grant, first.key) == ("approvals", 1, "soft:object=seal")
    assert (first.subject, first.digest, first.at) == (issued.identifier, "ef" * 32, NOW)


def test_the_uses_come_in_pages_and_by_their_time(office: Office) -> None:
    office.seal()
    for day in range(5):
        _use(office, f"case-{day}", at=NOW + timedelta(days=day))
    page = office.uses.page("demo", limit=2)
    assert [one.subject for one in page.uses] == ["case-4", "case-3"]
    rest = office.uses.page("demo", older_than=page.older_than)
    assert [one.subject for one in rest.uses] == ["case-2", "case-1", "case-0"]
    between = office.uses.all("demo", since=NOW + timedelta(days=1), until=NOW + timedelta(days=3))
    assert [one.subject for one in between] == ["case-2", "case-1"]
    with pytest.raises(UnknownSeal):
        office.uses.page("other")


@pytest.mark.parametrize("step", list(SealStep))
def test_every_step_is_somewhere_in_the_table(step: SealStep) -> None:
    assert step in {one for _, one in STEPS}
    assert issubclass(UseRefused, LicenseError)
