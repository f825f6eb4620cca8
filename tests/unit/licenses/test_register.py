import multiprocessing
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from queue import Queue
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from licenses.audit import AuditAction, verify_chain
from licenses.database import open_database, read_session, write_session
from licenses.errors import (
    BadLicenseType,
    IdempotencyConflict,
    IllegalTransition,
    LicenseNotFound,
)
from licenses.license_rows import OF_RESERVED
from licenses.lifecycle import TRANSITIONS, LicenseState, Step
from licenses.register import MAX_PAGE, Register
from tests.fakes.registers import (
    DIGEST,
    FILE,
    KEY,
    NOW,
    RESERVATION,
    USING,
    complete,
    empty_database,
    identifier,
    intend,
    issue,
    number,
    reserve,
)


@pytest.fixture
def engine(tmp_path):
    engine = empty_database(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def register(engine):
    return Register(engine)


def again(register, *, key="k-1", digest=DIGEST):
    return register.reserve(
        RESERVATION,
        client="approvals",
        idempotency_key=key,
        request_digest=digest,
        using=USING,
        now=NOW,
    )


def test_a_reserved_licence_is_found_again_as_it_was_reserved(register):
    record = reserve(register)
    assert record.state is LicenseState.RESERVED
    assert (record.number, record.identifier) == (number(1), identifier(1))
    assert register.find(record.identifier) == record
    assert record.fields == RESERVATION.fields
    assert record.created_at == NOW


def test_the_same_request_gets_the_same_licence(register):
    first = again(register)
    second = again(register)
    assert first.created
    assert not second.created
    assert second.record == first.record


def test_the_same_request_gets_the_same_licence_after_it_was_issued_and_revoked(register):
    record = issue(register)
    assert again(register).record == record
    revoked = register.revoke(record.identifier, reason="fraud", by="official", now=NOW)
    assert again(register).record == revoked


def test_another_request_under_the_same_key_is_refused(register):
    again(register)
    with pytest.raises(IdempotencyConflict):
        again(register, digest="00" * 32)


def test_two_clients_may_use_the_same_key(register, engine):
    with write_session(engine) as connection:
        columns = "seal, license_types, proposal, valid_from, valid_until, used, used_that_day"
        connection.exec_driver_sql(
            f"INSERT INTO seal_grant (id, client, {columns})"
            f" SELECT 2, 'other', {columns} FROM seal_grant"
        )
    ours = reserve(register)
    theirs = register.reserve(
        RESERVATION,
        client="other",
        idempotency_key="k-1",
        request_digest=DIGEST,
        using=USING,
        now=NOW,
    )
    assert theirs.created
    assert theirs.record.identifier != ours.identifier


def test_sequences_count_per_type_year_and_authority(register):
    def sequence(key, **changes):
        tag = "".join(str(value) for value in changes.values())
        return reserve(
            register,
            key,
            number_for=lambda n: f"{tag}-{n}",
            identifier_for=lambda n: f"{tag}.{n}",
            **changes,
        ).sequence

    assert [sequence("a"), sequence("b")] == [1, 2]
    assert sequence("c", license_type="pesticide-trade") == 1
    assert sequence("d", sequence_year=2027) == 1
    assert sequence("e", authority_code="11330105002500287C") == 1
    assert sequence("f") == 3


def test_a_style_that_gives_a_number_twice_is_refused_and_takes_no_number(register):
    reserve(register, "a", number_for=lambda _: "第1号")
    with pytest.raises(BadLicenseType, match="twice"):
        reserve(register, "b", number_for=lambda _: "第1号")
    assert reserve(register, "c").sequence == 2


def test_access_codes_are_long_and_never_the_same(register):
    codes = {reserve(register, f"k-{n}").access_code for n in range(20)}
    assert len(codes) == 20
    assert min(len(code) for code in codes) >= 22


def test_a_licence_is_issued_by_intent_and_completion(register):
    record = issue(register)
    assert record.state is LicenseState.ISSUED
    assert (record.file_sm3, record.sealed_at, record.seal) == (FILE, NOW, "demo")
    assert register.find(record.identifier) == record
    assert register.find_by_file(FILE) == record
    told = register.history(record.identifier)
    assert [line.action for line in told] == [AuditAction.INTENDED, AuditAction.COMPLETED]
    assert told[0].details == {
        "digest": "ef" * 32,
        "key": KEY.uri,
        "key_sm3": KEY.sm3,
        "seal": "demo",
        "grant": "1",
    }
    assert told[1].details == {"file_sm3": FILE, "seal": "demo"}


def test_a_completion_without_an_intent_is_refused(register):
    record = reserve(register)
    with pytest.raises(IllegalTransition, match="no intent"):
        complete(register, record)
    assert register.find(record.identifier).state is LicenseState.RESERVED


def test_an_intent_for_another_licence_does_not_count(register):
    first, second = reserve(register, "a"), reserve(register, "b")
    intend(register, first)
    with pytest.raises(IllegalTransition):
        complete(register, second)


def test_the_second_to_complete_gets_the_winners_record(register):
    record = reserve(register)
    intend(register, record)
    intend(register, record)
    winner = complete(register, record, "11" * 32)
    loser = complete(register, record, "22" * 32)
    assert loser == winner
    assert loser.file_sm3 == "11" * 32
    actions = [line.action for line in register.history(record.identifier)]
    assert actions.count(AuditAction.COMPLETED) == 1


def test_no_key_is_announced_for_a_licence_that_is_issued_already(register):
    record = reserve(register)
    intend(register, record)
    complete(register, record)
    with pytest.raises(IllegalTransition):
        intend(register, record)


def test_a_licence_that_was_never_reserved_has_no_steps(register):
    ghost = replace(reserve(register), identifier="nobody")
    for verb in (intend, complete):
        with pytest.raises(LicenseNotFound):
            verb(register, ghost)
    with pytest.raises(LicenseNotFound):
        register.revoke("nobody", reason="", by="official", now=NOW)


def test_abandoned_are_the_old_intents_without_an_outcome(register):
    lost, failed, done, idle, young = (reserve(register, key) for key in "abcde")
    for record in (lost, failed, done):
        intend(register, record)
    intend(register, young, now=NOW + timedelta(minutes=5))
    register.failed(failed, cause="KeyUnavailable", by="approvals", now=NOW)
    complete(register, done)
    abandoned = register.abandoned(before=NOW + timedelta(minutes=1))
    assert [intent.identifier for intent in abandoned] == [lost.identifier]
    assert abandoned[0].key == "soft:object=seal"
    assert (abandoned[0].by, abandoned[0].at, abandoned[0].seal) == ("approvals", NOW, "demo")
    assert idle.state is LicenseState.RESERVED


def test_a_licence_whose_key_failed_can_be_completed_later(register):
    record = reserve(register)
    intend(register, record)
    register.failed(record, cause="KeyUnavailable", by="approvals", now=NOW)
    intend(register, record)
    assert complete(register, record).state is LicenseState.ISSUED


def test_the_start_up_report_does_not_read_the_issued_licences(register, engine):
    issue(register)
    with read_session(engine) as connection:
        query = str(OF_RESERVED.compile(engine))
        plan = connection.execute(text(f"EXPLAIN QUERY PLAN {query}")).all()
    assert "ix_license_reserved" in str(plan)
    assert "ix_audit_entry_subject" in str(plan)


def test_only_the_right_access_code_shows_a_licence(register):
    record = issue(register)
    assert register.find_by_access(record.identifier, record.access_code) == record
    for wrong in ("", record.access_code[:-1], record.access_code + "A", "漢字", "\ud800"):
        with pytest.raises(LicenseNotFound):
            register.find_by_access(record.identifier, wrong)
    with pytest.raises(LicenseNotFound):
        register.find_by_access(identifier(999), record.access_code)


def test_what_is_not_there_is_not_found(register):
    with pytest.raises(LicenseNotFound):
        register.find(identifier(1))
    with pytest.raises(LicenseNotFound):
        register.find_by_file(FILE)
    with pytest.raises(LicenseNotFound):
        register.find("' OR 1=1 --")
    with pytest.raises(LicenseNotFound):
        register.find("\ud800")


def test_a_suspended_licence_can_be_resumed(register):
    record = issue(register)
    suspended = register.suspend(record.identifier, reason="inspection", by="official", now=NOW)
    assert (suspended.state, suspended.suspended_at) == (LicenseState.SUSPENDED, NOW)
    assert suspended.suspended_reason == "inspection"
    resumed = register.resume(record.identifier, by="official", now=NOW)
    assert resumed == record
    assert register.find(record.identifier) == record


def test_a_suspended_licence_can_be_revoked_and_keeps_the_day_it_was_suspended(register):
    record = issue(register)
    register.suspend(record.identifier, reason="inspection", by="official", now=NOW)
    later = NOW + timedelta(days=3)
    revoked = register.revoke(record.identifier, reason="fraud", by="official", now=later)
    assert (revoked.suspended_at, revoked.revoked_at) == (NOW, later)
    assert register.find(record.identifier) == revoked


def test_a_replaced_licence_names_its_successor(register):
    old, new = issue(register, "a", "11" * 32), issue(register, "b", "22" * 32)
    replaced = register.replace(old.identifier, successor=new.identifier, by="official", now=NOW)
    assert (replaced.state, replaced.replaced_by) == (LicenseState.REVOKED, new.identifier)
    assert register.history(old.identifier)[-1].details == {"successor": new.identifier}


def test_only_another_issued_licence_of_the_same_type_can_replace_one(register):
    old = issue(register, "a", "11" * 32)
    unissued = reserve(register, "b")
    other = reserve(
        register,
        "c",
        license_type="pesticide-trade",
        identifier_for=lambda n: f"pesticide.{n}",
    )
    intend(register, other)
    complete(register, other, "33" * 32)
    for successor in (old, unissued, other):
        with pytest.raises(IllegalTransition):
            register.replace(old.identifier, successor=successor.identifier, by="official", now=NOW)
    with pytest.raises(LicenseNotFound):
        register.replace(old.identifier, successor="nobody", by="official", now=NOW)
    assert register.find(old.identifier) == old


def test_a_reason_stays_out_of_the_audit_trail(register, engine):
    record = issue(register)
    register.suspend(record.identifier, reason="王小明举报", by="official", now=NOW)
    register.revoke(record.identifier, reason="王小明举报", by="official", now=NOW)
    with read_session(engine) as connection:
        trail = str(connection.execute(text("SELECT * FROM audit_entry")).all())
    assert "王小明" not in trail
    for fact in (RESERVATION.holder_name, RESERVATION.holder_code, "张伟", record.access_code):
        assert fact not in trail


def test_pages_go_through_all_licences_once_newest_first(register):
    records = [reserve(register, f"k-{n}") for n in range(7)]
    seen, older_than = [], None
    while True:
        page = register.page(older_than=older_than, limit=3)
        assert len(page.records) <= 3
        seen += page.records
        older_than = page.older_than
        if older_than is None:
            break
    assert seen == records[::-1]


def test_a_page_may_ask_for_a_type_and_a_state(register):
    issued = issue(register)
    reserve(register, "b", license_type="other", identifier_for=str)
    assert register.page(license_type="other").records[0].license_type == "other"
    assert register.page(state=LicenseState.ISSUED).records == (issued,)
    assert register.page(state=LicenseState.REVOKED).records == ()


@pytest.mark.parametrize("limit", [-5, 0, 10**9])
def test_a_page_is_never_empty_by_mistake_nor_endless(register, limit):
    reserve(register, "a")
    reserve(register, "b")
    assert 1 <= len(register.page(limit=limit).records) <= MAX_PAGE


def test_the_database_itself_refuses_an_issued_licence_without_a_file(register, engine):
    record = reserve(register)
    with pytest.raises(Exception, match="issued_has_a_file"), write_session(engine) as connection:
        connection.execute(
            text("UPDATE license SET state = 'ISSUED' WHERE identifier = :i"),
            {"i": record.identifier},
        )


_VERBS = {
    Step.SUSPEND: lambda r, i: r.suspend(i, reason="x", by="official", now=NOW),
    Step.RESUME: lambda r, i: r.resume(i, by="official", now=NOW),
    Step.REVOKE: lambda r, i: r.revoke(i, reason="x", by="official", now=NOW),
}


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(sorted(_VERBS)), max_size=8))
def test_the_stored_state_follows_the_table_whatever_is_asked(register, steps):
    key = f"k-{len(register.page().records)}-{id(steps)}"
    record = issue(register, key, key)
    state = LicenseState.ISSUED
    for step in steps:
        expected = TRANSITIONS.get((state, step))
        try:
            state = _VERBS[step](register, record.identifier).state
        except IllegalTransition:
            assert expected is None
        else:
            assert state is expected
        assert register.find(record.identifier).state is state


def test_threads_that_complete_the_same_licence_agree_on_one_file(register):
    record = reserve(register)
    intend(register, record)
    outcomes = Queue()

    def run(n):
        outcomes.put(complete(register, record, f"{n:064x}").file_sm3)

    threads = [Thread(target=run, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    files = {outcomes.get_nowait() for _ in threads}
    assert files == {register.find(record.identifier).file_sm3}


def _issue_all(url, keys, outcomes):
    register = Register(open_database(url))
    told = []
    for n in keys:
        reserved = again(register, key=f"k-{n}")
        try:
            intend(register, reserved.record)
            issued = complete(
                register,
                reserved.record,
                f"{n:060x}{multiprocessing.current_process().name[-4:]:0>4}",
            )
        except IllegalTransition:
            issued = register.find(reserved.record.identifier)
        told.append((f"k-{n}", reserved.created, issued.identifier, issued.file_sm3))
    outcomes.put(told)


@pytest.mark.slow
def test_two_processes_with_the_same_requests_issue_each_licence_exactly_once(engine):
    spawn = multiprocessing.get_context("spawn")
    outcomes = spawn.Queue()
    orders = (list(range(100)), list(range(100)))
    processes = [
        spawn.Process(target=_issue_all, args=(str(engine.url), order, outcomes), name=f"w{n:04d}")
        for n, order in enumerate(orders)
    ]
    for process in processes:
        process.start()
    told = [line for _ in processes for line in outcomes.get(timeout=60)]
    for process in processes:
        process.join()
        assert process.exitcode == 0

    created = Counter(key for key, was_created, _, _ in told if was_created)
    assert created == {f"k-{n}": 1 for n in range(100)}
    assert len({(key, name, file) for key, _, name, file in told}) == 100
    register = Register(engine)
    records = register.page().records
    assert sorted(record.sequence for record in records) == list(range(1, 101))
    assert {record.state for record in records} == {LicenseState.ISSUED}
    with read_session(engine) as connection:
        assert verify_chain(connection).sequence >= 200


def test_a_request_seen_before_can_be_looked_up_without_its_draft(register):
    assert register.find_request("approvals", "k-1", DIGEST) is None
    record = reserve(register)
    assert register.find_request("approvals", "k-1", DIGEST) == record
    assert register.find_request("other", "k-1", DIGEST) is None
    with pytest.raises(IdempotencyConflict):
        register.find_request("approvals", "k-1", "00" * 32)
