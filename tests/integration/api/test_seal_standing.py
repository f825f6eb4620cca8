"""Why the seal cannot be used, said before anybody asks for a licence."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, Table, update

from api.cli.main import run
from api.endings import endings
from api.issuing_parts import open_keyring
from api.seal_standing import obstacles
from api.settings import Settings
from licenses.database import open_database, write_session
from licenses.key_life import KeyState, KeyStep
from licenses.keys import KeyName, Keys
from licenses.seal_models import SEAL, SEAL_GRANT
from licenses.seals import SealState
from verify import key_sm3

NOW = datetime.now(UTC)
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = open_database(settings.resolved_database_url)
    yield engine
    engine.dispose()


def put(engine: Engine, table: Table, **values: object) -> None:
    with write_session(engine) as connection:
        connection.execute(update(table).values(values))


def test_nothing_is_in_the_way_of_a_seal_that_is_active_and_granted(
    settings: Settings, engine: Engine
) -> None:
    assert list(obstacles(settings, engine, NOW)) == []


@pytest.mark.parametrize("state", [one for one in SealState if one is not SealState.ACTIVE])
def test_a_seal_that_is_not_active_is_named_with_what_mends_it(
    settings: Settings, engine: Engine, state: SealState
) -> None:
    put(engine, SEAL, state=state.value)
    (told,) = obstacles(settings, engine, NOW)
    assert told.startswith(f"the seal 'authority' is {state}: ")
    assert "qianyin seal propose" in told or "QIANYIN_SEAL" in told


@pytest.mark.parametrize(
    "change",
    [
        {"withdrawn_at": NOW},
        {"valid_until": NOW},
        {"valid_from": NOW + A_MINUTE},
        {"in_all": SEAL_GRANT.c.used},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_seal_without_a_grant_in_force_is_named(
    settings: Settings, engine: Engine, change: dict[str, object]
) -> None:
    put(engine, SEAL_GRANT, **change)
    told = list(obstacles(settings, engine, NOW))
    assert told == ["nobody may use the seal 'authority' now: qianyin seal propose grant"]


def test_a_seal_nobody_registered_is_named(settings: Settings, engine: Engine) -> None:
    other = settings.model_copy(update={"seal": "other"})
    assert "not registered: qianyin seal register" in next(obstacles(other, engine, NOW))


@pytest.mark.parametrize(
    ("steps", "mend"),
    [
        ([KeyStep.GENERATE], "key request"),
        ([KeyStep.REQUEST], "key import"),
        ([KeyStep.CERTIFY], "key activate"),
        ([KeyStep.RETIRE], "key rollover"),
        ([KeyStep.DISTRUST], "key rollover"),
        ([KeyStep.RETIRE, KeyStep.DESTROY], "key rollover"),
        ([KeyStep.ACTIVATE], None),
    ],
)
def test_a_key_that_may_not_sign_is_named(
    settings: Settings, engine: Engine, steps: list[KeyStep], mend: str | None
) -> None:
    with open_keyring(settings) as keyring:
        credential = keyring.credential("seal-signer")
    name = KeyName(key_sm3(credential.public_key), "seal-signer", str(credential.uri))
    state = None
    for step in steps:
        state = Keys(engine).step(name, step, by="operator", now=NOW)
    told = list(obstacles(settings, engine, NOW))
    if mend is None:
        assert (told, state) == ([], KeyState.ACTIVE)
    else:
        assert [f"'seal-signer' is {state}: qianyin {mend}" in one for one in told] == [True]


def test_an_ended_certificate_and_an_ended_seal_are_named(
    settings: Settings, engine: Engine
) -> None:
    with open_keyring(settings) as keyring:
        ends = {(one.kind, one.alias): one.at for one in endings(keyring)}
    at = max(ends["key", "seal-signer"], ends["seal", "authority"])
    put(engine, SEAL_GRANT, valid_until=at + A_MINUTE)
    told = list(obstacles(settings, engine, at))
    assert [one.split(" ended ")[0] for one in told] == [
        "the key 'seal-signer'",
        "the seal 'authority'",
    ]
    assert all("propose make --renews" in one for one in told)


def test_the_service_says_it_and_still_serves(new_world) -> None:
    world = new_world()
    put(world.services.engine, SEAL, state="SUSPENDED")
    answer = world.http.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.json()["warnings"][-1].endswith("is SUSPENDED: qianyin seal propose resume")


def test_a_database_that_does_not_answer_is_no_word_on_the_seal(new_world, caplog) -> None:
    world = new_world()
    with write_session(world.services.engine) as connection:
        connection.exec_driver_sql("ALTER TABLE seal_grant RENAME TO elsewhere")
    answer = world.http.get("/readyz")
    assert len(answer.json()["warnings"]) == len(world.services.pool.missing_walls)
    assert "whether the seal can be used is not known" in caplog.text


def test_the_doctor_says_it(
    settings: Settings, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["doctor", "--data", str(settings.data_dir)]
    assert run(command) == 0
    assert "✔ seal       the seal 'authority' can be used" in capsys.readouterr().out
    put(engine, SEAL, state="SUSPENDED")
    assert run(command) == 1
    assert "✘ seal       the seal 'authority' is SUSPENDED" in capsys.readouterr().out
