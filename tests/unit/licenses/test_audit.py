import json
import random
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from keystore import sm3
from licenses.audit import (
    GENESIS,
    AuditAction,
    ChainHead,
    Happening,
    append,
    chain_head,
    history,
    verify_chain,
)
from licenses.database import read_session, write_session
from licenses.errors import AuditChainBroken
from tests.fakes.registers import NOW, empty_database


@pytest.fixture
def engine(tmp_path):
    engine = empty_database(tmp_path)
    yield engine
    engine.dispose()


def happening(n, subject="1.2.156"):
    return Happening(
        AuditAction.INTENDED, subject, "approvals", NOW + timedelta(seconds=n), {"digest": f"{n}"}
    )


def write(engine, lines):
    for n in range(lines):
        with write_session(engine, durable=False) as connection:
            append(connection, happening(n))


def tamper(engine, *statements):
    """Do what an attacker with the database file can do: drop the triggers, then anything."""
    with write_session(engine) as connection:
        connection.execute(text("DROP TRIGGER IF EXISTS audit_entry_no_update"))
        connection.execute(text("DROP TRIGGER IF EXISTS audit_entry_no_delete"))
        for statement in statements:
            connection.execute(text(statement))


def check(engine, **named):
    with read_session(engine) as connection:
        return verify_chain(connection, **named)


def test_an_empty_chain_holds(engine):
    assert check(engine) == ChainHead(0, GENESIS)


def test_an_untouched_chain_holds_and_says_where_it_ends(engine):
    write(engine, 5)
    with read_session(engine) as connection:
        assert check(engine) == chain_head(connection)
    assert check(engine).sequence == 5


def test_a_line_can_be_recomputed_by_anyone_with_sm3_and_json(engine):
    write(engine, 1)
    with read_session(engine) as connection:
        row = connection.execute(text("SELECT * FROM audit_entry")).one()
    content = [1, "2026-03-05T04:30:00.000000+00:00", "approvals", "license.intended", "1.2.156"]
    written = json.dumps([*content, '{"digest":"0"}'], separators=(",", ":"), ensure_ascii=False)
    assert row.hash == sm3(bytes(32) + written.encode()).hex()
    assert row.previous == "00" * 32


@pytest.mark.parametrize(
    "column_and_value",
    [
        "actor = 'someone else'",
        "action = 'license.failed'",
        "subject = '1.2.157'",
        "details = '{}'",
        "at = '2026-03-05 04:30:09.000000'",
        "at = 'yesterday'",
        "previous = hash",
        "hash = previous",
        "hash = ''",
        "previous = 'not hex'",
        "actor = x'00ff'",
    ],
)
def test_a_changed_line_is_found(engine, column_and_value):
    write(engine, 5)
    tamper(engine, f"UPDATE audit_entry SET {column_and_value} WHERE id = 3")
    with pytest.raises(AuditChainBroken):
        check(engine)


@pytest.mark.parametrize("line", [1, 2, 4])
def test_a_removed_line_is_found_even_when_the_others_are_renumbered(engine, line):
    write(engine, 5)
    tamper(engine, f"DELETE FROM audit_entry WHERE id = {line}")
    with pytest.raises(AuditChainBroken, match=f"line {line}"):
        check(engine)
    tamper(engine, f"UPDATE audit_entry SET id = id - 1 WHERE id > {line}")
    with pytest.raises(AuditChainBroken, match=f"line {line}"):
        check(engine)


def test_two_lines_that_changed_places_are_found(engine):
    write(engine, 5)
    tamper(
        engine,
        "UPDATE audit_entry SET id = 99 WHERE id = 2",
        "UPDATE audit_entry SET id = 2 WHERE id = 3",
        "UPDATE audit_entry SET id = 3 WHERE id = 99",
    )
    with pytest.raises(AuditChainBroken, match="line 2"):
        check(engine)


def test_a_cut_off_end_shows_against_a_checkpoint(engine):
    write(engine, 5)
    checkpoint = check(engine)
    write(engine, 2)
    assert check(engine, checkpoints=(checkpoint,)).sequence == 7
    tamper(engine, "DELETE FROM audit_entry WHERE id >= 5")
    assert check(engine).sequence == 4
    with pytest.raises(AuditChainBroken, match="before its checkpoint"):
        check(engine, checkpoints=(checkpoint,))


def test_an_end_written_anew_shows_against_a_checkpoint(engine):
    write(engine, 5)
    checkpoint = check(engine)
    tamper(engine, "DELETE FROM audit_entry WHERE id >= 4")
    for n in (50, 51, 52):
        with write_session(engine) as connection:
            append(connection, happening(n))
    assert check(engine).sequence == 6
    with pytest.raises(AuditChainBroken, match="checkpoint"):
        check(engine, checkpoints=(checkpoint,))


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"]
)
def test_the_database_refuses_to_change_or_remove_a_line(engine, statement):
    write(engine, 2)
    with pytest.raises(IntegrityError, match="append-only"), write_session(engine) as connection:
        connection.execute(text(statement))
    assert check(engine).sequence == 2


def test_a_line_vanishes_with_the_step_it_tells_of(engine):
    write(engine, 1)

    def append_and_fail():
        with write_session(engine) as connection:
            append(connection, happening(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        append_and_fail()
    assert check(engine).sequence == 1


def test_a_history_holds_one_subject_in_order(engine):
    with write_session(engine) as connection:
        for n, subject in enumerate("abab"):
            append(connection, happening(n, subject))
        assert history(connection, "b") == (happening(1, "b"), happening(3, "b"))


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(TEXTS, TEXTS, st.dictionaries(TEXTS, TEXTS, max_size=3)), max_size=4))
def test_whatever_was_written_can_be_verified(engine, lines):
    with write_session(engine, durable=False) as connection:
        before = verify_chain(connection).sequence
        for subject, actor, details in lines:
            told = Happening(AuditAction.REVOKED, subject, actor, NOW, details)
            append(connection, told)
            assert told in history(connection, subject)
        assert verify_chain(connection).sequence == before + len(lines)


def test_a_long_chain_is_read_to_its_end(engine):
    with write_session(engine, durable=False) as connection:
        for n in range(2_500):
            append(connection, happening(n))
    assert check(engine).sequence == 2_500
    line = random.Random(7).randrange(1, 2_500)
    tamper(engine, f"UPDATE audit_entry SET actor = 'x' WHERE id = {line}")
    with pytest.raises(AuditChainBroken, match=f"line {line}$"):
        check(engine)
