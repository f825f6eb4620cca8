"""Keys: the steps of their life, and what their policies count, exactly."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from multiprocessing import get_context

import pytest

from licenses.audit import AuditAction
from licenses.database import open_database
from licenses.errors import BadKeyPolicy, IllegalKeyStep, KeyUseRefused
from licenses.key_life import STEPS, KeyState, KeyStep, state_after
from licenses.key_policies import KeyPolicy
from licenses.keys import KeyName, Keys
from licenses.register import Register
from tests.fakes.registers import KEY, NOW, complete, empty_database, intend, reserve

NAME = KeyName(KEY.sm3, "seal-signer", KEY.uri)
OTHER = KeyName("34" * 32, "next", "soft:path=next")


@pytest.fixture
def engine(tmp_path):
    engine = empty_database(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def register(engine):
    return Register(engine)


@pytest.fixture
def keys(engine):
    return Keys(engine)


def step(keys, *steps, name=NAME):
    for one in steps:
        state = keys.step(name, one, by="operator", now=NOW)
    return state


def allow(keys, **rules):
    keys.set_policy(NAME, KeyPolicy(**rules), by="operator", now=NOW)


def refusal(register, key="refused", now=NOW, **changes):
    with pytest.raises(KeyUseRefused) as caught:
        intend(register, reserve(register, key, **changes), now=now)
    return caught.value.reason


def test_a_whole_life_is_told_in_order(keys, register):
    whole = [
        KeyStep.GENERATE,
        KeyStep.REQUEST,
        KeyStep.CERTIFY,
        KeyStep.ACTIVATE,
        KeyStep.ROLL_OVER,
        KeyStep.RETIRE,
        KeyStep.DESTROY,
    ]
    assert step(keys, *whole) is KeyState.DESTROYED
    assert [one.action.value for one in register.history(NAME.sm3)] == [one.value for one in whole]


@pytest.mark.parametrize("step_", KeyStep)
@pytest.mark.parametrize("state", [None, *KeyState])
def test_only_the_steps_of_the_table_can_be_taken(state, step_):
    before, after = STEPS[step_]
    if state in before:
        assert state_after(state, step_) is after
    else:
        with pytest.raises(IllegalKeyStep):
            state_after(state, step_)


@pytest.mark.parametrize("state", [one for one in KeyState if one is not KeyState.DISTRUSTED])
def test_nothing_brings_a_destroyed_or_distrusted_key_back(state):
    for dead in (KeyState.DESTROYED, KeyState.DISTRUSTED):
        ways = {after for before, after in STEPS.values() if dead in before}
        assert ways <= {KeyState.DISTRUSTED, KeyState.DESTROYED}


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([KeyStep.GENERATE], "state-generated"),
        ([KeyStep.CERTIFY], "state-certified"),
        ([KeyStep.RETIRE], "state-retired"),
        ([KeyStep.DISTRUST, KeyStep.DESTROY], "state-destroyed"),
    ],
)
def test_a_key_that_may_not_sign_signs_nothing_and_the_attempt_is_noted(
    keys, register, steps, reason
):
    step(keys, *steps)
    assert refusal(register) == reason
    last = register.history(NAME.sm3)[-1]
    assert (last.action, last.details["reason"]) == (AuditAction.KEY_REFUSED, reason)
    assert register.abandoned(before=NOW + timedelta(days=1)) == ()


@pytest.mark.parametrize("steps", [[KeyStep.ACTIVATE], [KeyStep.ACTIVATE, KeyStep.ROLL_OVER], []])
def test_an_active_a_rolled_over_and_an_unrecorded_key_sign(keys, register, steps):
    if steps:
        step(keys, *steps)
    intend(register, reserve(register))


def test_a_roll_over_is_two_steps_or_none(keys, register):
    with pytest.raises(IllegalKeyStep):
        keys.roll_over(NAME, NAME, by="operator", now=NOW)
    step(keys, KeyStep.GENERATE, name=OTHER)
    with pytest.raises(IllegalKeyStep):  # the new one has no certificate yet
        keys.roll_over(NAME, OTHER, by="operator", now=NOW)
    assert keys.find(NAME.sm3) is None
    step(keys, KeyStep.CERTIFY, name=OTHER)
    keys.roll_over(NAME, OTHER, by="operator", now=NOW)
    assert keys.find(NAME.sm3).state is KeyState.ROLLED_OVER
    assert {one.alias: one.state for one in keys.all()} == {
        "next": KeyState.ACTIVE,
        "seal-signer": KeyState.ROLLED_OVER,
    }


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"purposes": frozenset({"audit"})}, "purpose"),
        ({"license_types": frozenset({"fishing"})}, "license-type"),
        ({"hours": "13:00-18:00"}, "hours"),
        ({"hours": "00:00-12:30"}, "hours"),
        ({"per_day": 0}, "used-up-today"),
        ({"in_all": 0}, "used-up"),
    ],
)
def test_a_policy_refuses_with_the_reason(keys, register, rules, reason):
    allow(keys, **rules)  # NOW is 12:30 in Beijing
    assert refusal(register) == reason


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"license_types": frozenset({"animal-clinic"})},
        {"hours": "12:30-12:31"},
        {"hours": "08:00-24:00"},
        {"per_day": 1, "in_all": 1},
    ],
)
def test_a_policy_that_fits_lets_it_pass(keys, register, rules):
    allow(keys, **rules)
    intend(register, reserve(register))


def test_a_retry_of_the_same_licence_is_not_counted_twice(keys, register):
    allow(keys, in_all=1)
    record = reserve(register)
    for _ in range(3):
        intend(register, record)
    complete(register, record)
    assert refusal(register) == "used-up"


def test_a_refused_use_is_not_counted(keys, register):
    allow(keys, per_day=2, in_all=1)
    intend(register, reserve(register, "a"))
    for key in ("b", "c", "d"):
        assert refusal(register, key) == "used-up"
    allow(keys, per_day=2, in_all=2)
    intend(register, reserve(register, "b"))


def test_the_day_begins_anew_at_midnight_in_beijing(keys, register):
    allow(keys, per_day=1)
    intend(register, reserve(register, "a"))
    until_midnight = timedelta(hours=11, minutes=29, seconds=59)
    assert refusal(register, "b", now=NOW + until_midnight) == "used-up-today"
    intend(register, reserve(register, "b"), now=NOW + until_midnight + timedelta(seconds=1))


@pytest.mark.parametrize(
    "rules",
    [
        {"hours": "8-18"},
        {"hours": "18:00-08:00"},
        {"hours": "08:00-24:30"},
        {"per_day": -1},
        {"in_all": -1},
        {"purposes": frozenset({"everything"})},
    ],
)
def test_rules_that_cannot_be_meant_are_refused(rules):
    with pytest.raises(BadKeyPolicy):
        KeyPolicy(**rules)


@pytest.mark.parametrize("row", [{}, {**KeyPolicy().to_row(), "per_day": "many"}])
def test_a_policy_somebody_garbled_allows_nothing(row):
    with pytest.raises(BadKeyPolicy):
        KeyPolicy.from_row(row)


LAST = 5


def race(register, label):
    def one(n):
        record = reserve(register, f"{label}-{n}")
        try:
            intend(register, record)
        except KeyUseRefused as refused:
            return refused.reason
        return "passed"

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, range(12)))


def race_in_a_process(url, label, answers):
    engine = open_database(url)
    answers.put(race(Register(engine), label))
    engine.dispose()


def test_the_last_use_is_given_exactly_once_whoever_races_for_it(keys, engine):
    allow(keys, in_all=LAST, per_day=100)
    context = get_context("spawn")
    answers = context.Queue()
    arguments = [(engine.url.render_as_string(), label, answers) for label in "ab"]
    racers = [context.Process(target=race_in_a_process, args=one) for one in arguments]
    for one in racers:
        one.start()
    told = [answer for _ in racers for answer in answers.get(timeout=60)]
    for one in racers:
        one.join(60)
    assert told.count("passed") == LAST
    assert told.count("used-up") == 24 - LAST
