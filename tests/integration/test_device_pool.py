"""Two SDF devices that hold one key: one that is gone costs nothing, both gone cost a 503."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from api.issuing_parts import issuing
from keystore.errors import AdapterFault, KeyUnavailable
from tests.fakes.moved_keys import move_key_into_devices


@pytest.fixture
def devices(settings, tmp_path):
    made = move_key_into_devices(settings, [tmp_path / "one", tmp_path / "two"])
    yield made
    for one in made:
        assert one.violations == ""
        assert one.wrong_tries == 0


@pytest.fixture
def issue(settings, devices):
    with issuing(settings) as issuer:
        sample = issuer.catalog.get("animal_clinic").sample
        yield lambda key: issuer.issue(sample, client="approvals", idempotency_key=key)


def gone(device):
    return device.memory / "gone"


def test_both_devices_are_used_in_turns(devices, issue):
    """Each fails once and the failure is met, so each was asked; nobody notices."""
    for place, one in enumerate(devices):
        one.fail_once("lost", "InternalSign_ECC")
        assert [issue(f"case-{place}-{number}").created for number in range(2)] == [True, True]
        assert one.has_failed


@pytest.mark.parametrize("away", [0, 1])
def test_licences_go_on_with_one_device_gone_and_with_the_other_when_it_is_back(
    devices, issue, away
):
    assert issue("before").created
    gone(devices[away]).touch()
    with ThreadPoolExecutor(4) as pool:
        assert all(one.created for one in pool.map(issue, [f"while-{n}" for n in range(8)]))
    gone(devices[away]).unlink()
    gone(devices[1 - away]).touch()
    made = None
    for _ in range(100):  # the breaker leaves a device alone for a while
        try:
            made = issue("after")
            break
        except KeyUnavailable:
            Event().wait(0.1)
    assert made is not None


def test_a_service_starts_with_one_device_gone(settings, devices):
    gone(devices[0]).touch()
    with issuing(settings) as issuer:
        sample = issuer.catalog.get("animal_clinic").sample
        assert issuer.issue(sample, client="approvals", idempotency_key="a").created


def test_with_both_gone_nobody_seals_and_everybody_is_told_when_to_come_back(devices, issue):
    for one in devices:
        gone(one).touch()
    with pytest.raises(KeyUnavailable) as caught:
        issue("case")
    assert caught.value.retry_after > 0


def test_a_device_that_signs_wrongly_is_not_covered_up_by_the_other(devices, issue):
    devices[0].answer("other-key")
    outcomes = []
    for number in range(4):
        try:
            outcomes.append(issue(f"case-{number}").created)
        except AdapterFault:
            outcomes.append(False)
    assert sorted(outcomes) == [False, False, True, True]
