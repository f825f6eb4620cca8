"""A hundred forced losses of the key during issuing: each licence once or not at all, all sealed."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from api.issuing_parts import issuing, now
from api.settings import Settings
from keystore.errors import AdapterFault, KeyUnavailable
from licenses.audit import AuditAction
from licenses.lifecycle import LicenseState
from tests.fakes.sdf_deployments import move_key_into_device
from verify import DEFAULT_LIMITS, QIANYIN_DEFAULT, Indication, TrustAnchors, verify_pdf
from verify import read_upload as read_pdf

TYPE = "animal_clinic"
BOUND_SECONDS = 60
BESIDE = 40
"""Licences issued by another thread at the same time, whatever hits them."""
LOSSES = {"lost": 50, "gone": 22, "busy": 8, "killed": 9, "crash": 9, "hang": 2}
WRONG_ANSWERS = ("other-key", "garbage", "left", "zero", "overrun")


def interleaved() -> list[str]:
    """Spread each kind evenly over the whole."""
    places = [
        ((number + 0.5) / count, kind) for kind, count in LOSSES.items() for number in range(count)
    ]
    return [kind for _, kind in sorted(places)]


def _children() -> list[int]:
    found = Path("/proc/self/task").glob("*/children")
    return [int(one) for file in found for one in file.read_text(encoding="ascii").split()]


class Bench:
    """Issues; a request that could not be sealed is sent again until it is."""

    def __init__(self, issuer, device):
        self.issuer, self.device = issuer, device
        self.request = dict(issuer.catalog.get(TYPE).sample)
        self.failed = 0

    def force(self, kind: str) -> None:
        if kind == "gone":
            (self.device.memory / "gone").touch()
        elif kind == "killed":
            for child in _children():
                os.kill(child, signal.SIGKILL)
        else:
            self.device.fail_once(kind, "InternalSign_ECC")

    def issue_once(self, key: str):
        return self.issuer.issue(self.request, client="approvals", idempotency_key=key)

    def issue(self, key: str):
        for _ in range(200):
            try:
                return self.issue_once(key)
            except KeyUnavailable:
                self.failed += 1
                (self.device.memory / "gone").unlink(missing_ok=True)
                Event().wait(0.05)
        raise AssertionError(f"{key} is never issued")


@pytest.mark.slow
def test_a_hundred_losses_lose_nothing_and_seal_nothing_twice(settings: Settings, tmp_path):
    device = move_key_into_device(settings, tmp_path / "hsm", "&call-timeout=2s")
    kinds = interleaved()
    assert len(kinds) == 100
    done = Event()
    begun = time.monotonic()
    with issuing(settings) as issuer:
        bench = Bench(issuer, device)

        def others(name: str) -> dict[str, object]:
            return {
                key: bench.issue(key)
                for key in (f"{name}-{number}" for number in range(BESIDE))
                if not done.is_set()
            }

        with ThreadPoolExecutor(1) as pool:
            beside = pool.submit(others, "beside")
            made = {}
            try:
                for number, kind in enumerate(kinds):
                    bench.force(kind)
                    made[f"case-{number}"] = bench.issue(f"case-{number}")
            finally:
                done.set()
            made |= beside.result(30)
        for answer in WRONG_ANSWERS:
            device.answer(answer)
            with pytest.raises(AdapterFault):
                bench.issue_once(answer)
            device.answer("")
            made[answer] = bench.issue(answer)
        elapsed = time.monotonic() - begun
        again = {key: bench.issue(key) for key in made}
        records = issuer.register.page().records
        histories = [issuer.register.history(one.identifier) for one in records]
    assert bench.failed >= 90
    assert {key: one.pdf for key, one in again.items()} == {k: one.pdf for k, one in made.items()}
    assert not any(one.created for one in again.values())
    assert len(records) == len({one.number for one in records}) == len(made)
    assert {one.state for one in records} == {LicenseState.ISSUED}
    for history in histories:
        assert [one.action for one in history].count(AuditAction.COMPLETED) == 1
    anchors = TrustAnchors.from_directory(settings.trust_dir)
    for one in made.values():
        report = verify_pdf(
            read_pdf(one.pdf, limits=DEFAULT_LIMITS),
            anchors=anchors,
            policy=QIANYIN_DEFAULT,
            at=now(),
        )
        assert report.indication is Indication.TOTAL_PASSED
    assert device.violations == ""
    assert device.wrong_tries == 0
    assert elapsed < BOUND_SECONDS
