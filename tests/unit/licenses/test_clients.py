import re
import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

import licenses.client_locks as locks
from licenses.client_secrets import COST, Cost, fits, new_secret, scrypt, secret_id
from licenses.clients import Clients
from licenses.database import read_session
from licenses.errors import (
    ClientExists,
    ClientLocked,
    ClientRefused,
    InvalidClientName,
    UnknownClient,
)
from tests.fakes.registers import NOW, empty_database

SCOPES = frozenset({"licenses:issue", "licenses:read"})
WRONG = "qyc_0123456789ab_" + "A" * 43


class CountingStretch:
    """A stretch that costs nothing and tells how often it was asked."""

    def __init__(self):
        self.costs = []

    def __call__(self, secret, salt, cost):
        self.costs.append(cost)
        return (secret.encode("utf-8", "backslashreplace") + salt)[-32:].rjust(32, b"\x01")


@pytest.fixture
def engine(tmp_path):
    engine = empty_database(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def stretch():
    return CountingStretch()


@pytest.fixture
def clients(engine, stretch):
    return Clients(engine, stretch)


def add(clients, name="approvals"):
    return clients.add(name, SCOPES, by="cli:root", now=NOW)


def fail(clients, name, now=NOW, secret=WRONG):
    with pytest.raises(ClientRefused) as refusal:
        clients.authenticate(name, secret, now=now)
    return str(refusal.value)


def near(secret):
    """Wrong, but with the public part of the right one."""
    return secret[:-43] + "A" * 43


def fail_until_locked(clients, name, secret, now=NOW):
    for _ in range(locks.FAILURES_BEFORE_LOCK):
        fail(clients, name, now, near(secret))


def retry_after(clients, name, now, secret):
    with pytest.raises(ClientLocked) as lock:
        clients.authenticate(name, secret, now=now)
    return lock.value.retry_after


def test_a_client_is_known_by_its_secret(clients):
    secret = add(clients)
    client = clients.authenticate("approvals", secret, now=NOW)
    assert client.name == "approvals"
    assert client.scopes == SCOPES


def test_a_secret_is_256_bits_and_can_be_recognised_where_it_leaked(clients):
    secrets = {add(clients, f"client-{n}") for n in range(10)}
    assert len(secrets) == 10
    for secret in secrets:
        assert re.fullmatch(r"qyc_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", secret)


def test_the_database_holds_no_secret(engine):
    clients = Clients(engine)
    secret = add(clients)
    rotated = clients.rotate("approvals", overlap=timedelta(0), by="cli:root", now=NOW)
    with engine.connect() as connection:
        dump = "".join(
            str(connection.execute(text(f"SELECT * FROM {table}")).all())
            for table in ("client", "client_secret", "audit_entry", "client_failure")
        )
    for whole in (secret, rotated):
        assert whole not in dump
        assert whole.split("_", 2)[2] not in dump
        assert whole.split("_")[1] in dump


def test_the_cost_is_kept_with_each_hash(engine):
    clients = Clients(engine)
    secret = add(clients)
    with read_session(engine) as connection:
        row = connection.execute(text("SELECT * FROM client_secret")).one()
    assert Cost(row.cost_n, row.cost_r, row.cost_p) == COST
    assert row.hash == scrypt(secret, row.salt, COST)
    assert clients.authenticate("approvals", secret, now=NOW).name == "approvals"


def test_scrypt_is_that_of_rfc_7914():
    assert scrypt("pleaseletmein", b"SodiumChloride", Cost(16384, 8, 1)).hex() == (
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
    )


@pytest.mark.parametrize(
    "name", ["", "a", "A-client", "1st", "-x", "has space", "x" * 65, "x\n", "名字", "a.b"]
)
def test_a_name_that_could_confuse_is_refused(clients, name):
    with pytest.raises(InvalidClientName):
        add(clients, name)
    assert clients.all() == ()


def test_a_name_is_given_once(clients):
    secret = add(clients)
    with pytest.raises(ClientExists):
        add(clients)
    assert clients.authenticate("approvals", secret, now=NOW)
    assert len(clients.find("approvals").secrets) == 1


@pytest.mark.parametrize("verb", ["find", "disable", "unlock", "rotate"])
def test_nobody_can_be_managed_who_is_not_registered(clients, verb):
    named = {"by": "cli:root", "now": NOW}
    if verb == "find":
        named = {}
    if verb == "rotate":
        named["overlap"] = timedelta(0)
    with pytest.raises(UnknownClient):
        getattr(clients, verb)("nobody", **named)


def test_after_a_rotation_both_secrets_are_good_until_the_overlap_ends(clients):
    old = add(clients)
    new = clients.rotate("approvals", overlap=timedelta(hours=1), by="cli:root", now=NOW)
    soon, later = NOW + timedelta(minutes=59), NOW + timedelta(hours=1)
    assert clients.authenticate("approvals", old, now=soon)
    assert clients.authenticate("approvals", new, now=soon)
    fail(clients, "approvals", later, old)
    assert clients.authenticate("approvals", new, now=later)


def test_a_rotation_without_overlap_puts_a_leaked_secret_out_at_once(clients):
    leaked = add(clients)
    kept = clients.rotate("approvals", overlap=timedelta(days=1), by="cli:root", now=NOW)
    new = clients.rotate("approvals", overlap=timedelta(0), by="cli:root", now=NOW)
    fail(clients, "approvals", secret=leaked)
    fail(clients, "approvals", secret=kept)
    assert clients.authenticate("approvals", new, now=NOW)


def test_a_rotation_never_lengthens_an_old_secrets_life(clients):
    old = add(clients)
    clients.rotate("approvals", overlap=timedelta(hours=1), by="cli:root", now=NOW)
    clients.rotate("approvals", overlap=timedelta(days=9), by="cli:root", now=NOW)
    fail(clients, "approvals", NOW + timedelta(hours=2), old)


def test_a_disabled_client_is_refused_as_a_stranger_is(clients):
    secret = add(clients)
    clients.disable("approvals", by="cli:root", now=NOW)
    assert fail(clients, "approvals", secret=secret) == fail(clients, "stranger")
    assert clients.find("approvals").disabled_at == NOW


def test_the_secret_of_another_client_is_refused(clients):
    add(clients)
    other = add(clients, "other")
    fail(clients, "approvals", secret=other)


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("approvals", WRONG),
        ("approvals", "tiny"),
        ("approvals", "\ud800"),
        ("stranger", WRONG),
        ("no client's name", WRONG),
        ("\ud800", WRONG),
        ("disabled", WRONG),
        ("rotated", WRONG),
    ],
)
def test_every_refusal_costs_the_same_work_and_says_the_same(clients, stretch, name, secret):
    for known in ("approvals", "disabled", "rotated"):
        add(clients, known)
    clients.disable("disabled", by="cli:root", now=NOW)
    clients.rotate("rotated", overlap=timedelta(days=1), by="cli:root", now=NOW)
    stretch.costs.clear()
    assert fail(clients, name, secret=secret) == "the client or its secret is not accepted"
    assert stretch.costs == [COST]


def test_who_guesses_is_locked_and_longer_each_time(clients):
    guess = near(add(clients))
    fail_until_locked(clients, "approvals", guess)
    assert retry_after(clients, "approvals", NOW, guess) == 30
    assert retry_after(clients, "approvals", NOW + timedelta(seconds=29.5), guess) == 1
    now, waits = NOW, []
    for _ in range(9):
        now += timedelta(seconds=retry_after(clients, "approvals", now, guess))
        fail(clients, "approvals", now, guess)
        waits.append(retry_after(clients, "approvals", now, guess))
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


@pytest.mark.parametrize("guess", [WRONG, "tiny", "\ud800"])
def test_who_knows_only_a_name_locks_nobody_out_and_learns_nothing(clients, engine, guess):
    secret = add(clients)
    told = {
        fail(clients, name, secret=guess)
        for name in ("approvals", "stranger") * locks.FAILURES_BEFORE_LOCK * 2
    }
    assert len(told) == 1
    assert clients.authenticate("approvals", secret, now=NOW).locked_until is None
    with read_session(engine) as connection:
        assert connection.execute(text("SELECT * FROM client_failure")).all() == []


def test_a_secret_out_of_force_locks_nobody_out(clients):
    old = add(clients)
    new = clients.rotate("approvals", overlap=timedelta(0), by="cli:root", now=NOW)
    for _ in range(locks.FAILURES_BEFORE_LOCK * 2):
        fail(clients, "approvals", secret=old)
    assert clients.authenticate("approvals", new, now=NOW)


def test_a_locked_client_must_wait_even_with_the_right_secret(clients, stretch):
    secret = add(clients)
    fail_until_locked(clients, "approvals", secret)
    stretch.costs.clear()
    assert retry_after(clients, "approvals", NOW, secret) == 30
    assert stretch.costs == []
    assert clients.authenticate("approvals", secret, now=NOW + timedelta(seconds=30))


def test_attempts_during_a_lock_do_not_lengthen_it(clients):
    secret = add(clients)
    fail_until_locked(clients, "approvals", secret)
    for _ in range(20):
        assert retry_after(clients, "approvals", NOW, near(secret)) == 30


def test_the_right_secret_wipes_out_earlier_failures(clients):
    secret = add(clients)
    for _ in range(3):
        for _ in range(locks.FAILURES_BEFORE_LOCK - 1):
            fail(clients, "approvals", secret=near(secret))
        assert clients.authenticate("approvals", secret, now=NOW).locked_until is None


def test_failures_of_yesterday_are_forgotten(clients):
    guess = near(add(clients))
    for _ in range(locks.FAILURES_BEFORE_LOCK - 1):
        fail(clients, "approvals", secret=guess)
    tomorrow = NOW + locks.FORGOTTEN_AFTER + timedelta(seconds=1)
    for _ in range(locks.FAILURES_BEFORE_LOCK - 1):
        fail(clients, "approvals", tomorrow, guess)


def test_an_operator_can_unlock_a_client(clients):
    secret = add(clients)
    fail_until_locked(clients, "approvals", secret)
    assert clients.find("approvals").locked_until == NOW + locks.FIRST_LOCK
    clients.unlock("approvals", by="cli:root", now=NOW)
    assert clients.authenticate("approvals", secret, now=NOW)


def test_one_clients_lock_is_not_anothers(clients):
    locked, secret = add(clients), add(clients, "other")
    fail_until_locked(clients, "approvals", locked)
    assert clients.authenticate("other", secret, now=NOW)


def test_the_list_shows_every_client_and_its_secrets_by_their_public_part(clients):
    secret = add(clients, "b-client")
    add(clients, "a-client")
    clients.rotate("b-client", overlap=timedelta(hours=1), by="cli:root", now=NOW)
    first, second = clients.all()
    assert (first.name, second.name) == ("a-client", "b-client")
    ends = {kept.id: kept.expires_at for kept in second.secrets}
    assert len(ends) == 2
    assert ends[secret_id(secret)] == NOW + timedelta(hours=1)
    assert secret not in repr(clients.all())


def test_every_act_upon_a_client_is_told_in_the_trail(clients, engine):
    add(clients)
    clients.rotate("approvals", overlap=timedelta(0), by="cli:root", now=NOW)
    clients.unlock("approvals", by="cli:root", now=NOW)
    clients.disable("approvals", by="cli:root", now=NOW)
    with read_session(engine) as connection:
        told = connection.execute(text("SELECT action, actor, subject FROM audit_entry")).all()
    assert [tuple(line) for line in told] == [
        (f"client.{what}", "cli:root", "approvals")
        for what in ("added", "rotated", "unlocked", "disabled")
    ]


@given(st.text())
def test_nothing_but_the_secret_fits(guess):
    stretch = CountingStretch()
    text_, kept = new_secret(stretch)
    assert fits(text_, kept, stretch)
    assert not fits(text_[:-1], kept, stretch)
    assert not fits(guess, kept, stretch)
    assert not fits(text_, None, stretch)
    assert not fits(guess, None, stretch)


def test_a_token_request_costs_a_guesser_at_least_ten_milliseconds(engine):
    clients = Clients(engine)
    add(clients)
    begun = time.process_time()
    fail(clients, "approvals")
    assert time.process_time() - begun > 0.010
