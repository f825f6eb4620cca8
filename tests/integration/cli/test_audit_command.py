"""`qianyin audit`: whoever edits the database past the service is found."""

import json
import logging
import sqlite3
import threading
from datetime import UTC, datetime

import pytest

from api.audit_desk import NOT_SIGNED, AuditDesk
from api.cli.audit import AuditExit
from api.cli.main import REFUSED, run
from api.errors import AuditKeyNotSetUp
from api.rounds import Rounds
from api.secrets_at_rest import vault_of
from keystore import Keyring
from licenses.audit import AuditAction, Happening, append
from licenses.checkpoints import Checkpoint, Checkpoints
from licenses.database import open_database, write_session
from licenses.errors import BadCheckpoint

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def engine(settings, edit):
    """A trail that begins with the test: setting up a deployment writes lines as well."""
    edit("DELETE FROM audit_entry")
    engine = open_database(settings.resolved_database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def add(engine):
    def add(lines=3, actor="c"):
        for _ in range(lines):
            with write_session(engine) as connection:
                append(connection, Happening(AuditAction.FAILED, "1.2", actor, NOW, {"cause": "x"}))

    add(5)
    return add


@pytest.fixture
def audit(settings):
    def audit(*arguments):
        return run(["audit", *map(str, arguments), "--data", str(settings.data_dir)])

    return audit


@pytest.fixture
def edit(settings):
    """What whoever owns the database file can do: drop the triggers, then anything."""

    def edit(*statements):
        with sqlite3.connect(settings.data_dir / "qianyin.db") as connection:
            for verb in ("update", "delete"):
                connection.execute(f"DROP TRIGGER IF EXISTS audit_entry_no_{verb}")
            for statement in statements:
                connection.execute(statement)

    return edit


def test_lines_without_a_checkpoint_hold_but_say_so(audit, add):
    assert audit("verify") == AuditExit.NO_CHECKPOINT


def test_a_signed_trail_holds_and_goes_on(audit, add):
    assert audit("checkpoint") == 0
    add()
    assert audit("verify") == AuditExit.HOLDS


@pytest.mark.parametrize(
    "statements",
    [
        ("UPDATE audit_entry SET actor = 'x' WHERE id = 2",),
        ("UPDATE audit_entry SET details = '{}' WHERE id = 5",),
        ("DELETE FROM audit_entry WHERE id = 2",),
        (
            "DELETE FROM audit_entry WHERE id = 2",
            "UPDATE audit_entry SET id = id - 1 WHERE id > 2",
        ),
        (
            "UPDATE audit_entry SET id = 99 WHERE id = 2",
            "UPDATE audit_entry SET id = 2 WHERE id = 3",
            "UPDATE audit_entry SET id = 3 WHERE id = 99",
        ),
        ("DELETE FROM audit_entry WHERE id >= 4",),
        ("DELETE FROM audit_entry",),
    ],
    ids=["changed", "changed-last", "removed", "renumbered", "reordered", "cut-off", "emptied"],
)
def test_an_edited_trail_is_found(audit, add, edit, statements):
    audit("checkpoint")
    edit(*statements)
    assert audit("verify") == AuditExit.BROKEN


def test_an_end_that_was_written_anew_is_found(audit, add, edit):
    audit("checkpoint")
    edit("DELETE FROM audit_entry WHERE id >= 4")
    add(5, actor="other")
    assert audit("verify") == AuditExit.BROKEN


def test_trail_and_checkpoints_cut_off_together_show_against_a_copy(audit, add, edit, tmp_path):
    copy = tmp_path / "copy.json"
    audit("checkpoint")
    add()
    assert audit("checkpoint", "--out", copy) == 0
    edit("DELETE FROM audit_entry WHERE id > 5", "DELETE FROM audit_checkpoint WHERE sequence > 5")
    assert audit("verify") == AuditExit.HOLDS
    assert audit("verify", "--checkpoint", copy) == AuditExit.BROKEN


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sequence", 4),
        ("hash", "00" * 32),
        ("at", "2026-01-01T00:00:00+00:00"),
        ("at", "2026-01-01T00:00:00"),
        ("signature", "00"),
        ("signature", "no hex"),
        ("format", "another"),
    ],
)
def test_a_checkpoint_that_was_changed_is_not_believed(audit, add, tmp_path, name, value):
    copy = tmp_path / "copy.json"
    audit("checkpoint", "--out", copy)
    copy.write_text(json.dumps({**json.loads(copy.read_text()), name: value}))
    assert audit("verify", "--checkpoint", copy) == AuditExit.CHECKPOINT_FORGED


def test_a_checkpoint_in_the_database_by_another_key_is_not_believed(
    audit, add, settings, engine, edit
):
    audit("checkpoint")
    head = Checkpoints(engine).latest().head
    with Keyring.from_file(settings.keyring_file.absolute(), secrets=vault_of(settings)) as keyring:
        forged = Checkpoint.of(head, keyring.signer("seal-signer"), NOW)
    edit(f"UPDATE audit_checkpoint SET document = '{forged.to_json()}'")
    assert audit("verify") == AuditExit.CHECKPOINT_FORGED


def test_a_genuine_checkpoint_in_the_place_of_another_is_found(audit, add, edit):
    audit("checkpoint")
    edit("UPDATE audit_checkpoint SET sequence = 4")
    assert audit("verify") == AuditExit.CHECKPOINT_FORGED


def test_two_histories_of_one_length_contradict_each_other(audit, add, edit, tmp_path, engine):
    copy = tmp_path / "copy.json"
    audit("checkpoint", "--out", copy)
    edit("DELETE FROM audit_entry WHERE id = 5", "DELETE FROM audit_checkpoint")
    with write_session(engine) as connection:
        append(connection, Happening(AuditAction.FAILED, "1.2", "other", NOW, {}))
    audit("checkpoint")
    assert audit("verify") == AuditExit.HOLDS
    assert audit("verify", "--checkpoint", copy) == AuditExit.BROKEN


def test_an_unchanged_trail_gets_no_second_checkpoint(add, settings, engine):
    desk = AuditDesk(settings, engine, lambda: NOW)
    assert desk.sign() == desk.sign()
    add()
    assert desk.sign().head.sequence == 8


def test_an_empty_trail_is_not_signed(settings, engine):
    with pytest.raises(BadCheckpoint, match="no line"):
        AuditDesk(settings, engine, lambda: NOW).sign()


def test_a_key_that_is_for_something_else_does_not_sign(settings, engine, add):
    for alias in ("nobody", "seal-signer"):
        other = settings.model_copy(update={"audit_key": alias})
        with pytest.raises(AuditKeyNotSetUp):
            AuditDesk(other, engine, lambda: NOW).sign()


def test_a_file_that_is_no_checkpoint_and_one_that_is_missing(audit, add, tmp_path):
    (tmp_path / "none").write_text("[]")
    assert audit("verify", "--checkpoint", tmp_path / "none") == AuditExit.CHECKPOINT_FORGED
    assert audit("verify", "--checkpoint", tmp_path / "missing") == REFUSED


def test_the_service_signs_at_intervals_and_outlives_a_failure(caplog):
    done = threading.Event()
    rounds = []

    def sign():
        rounds.append(1)
        if len(rounds) == 1:
            raise AuditKeyNotSetUp("none")
        done.set()

    thread = Rounds("checkpoints", sign, 0.01, first_after=0.01, forgiven=NOT_SIGNED)
    with caplog.at_level(logging.WARNING):
        thread.start()
        assert done.wait(10)
        thread.stop()
    assert "AuditKeyNotSetUp" in caplog.text
