"""Forced losses of the key during issuing: each licence once or not at all, all of them sealed.

A hundred over `sdf:`, thirty over `pkcs11:`, thirty over `remote:`: a session, a device, a token,
the key's process, the connection or the service itself is gone in the middle of a signature.
"""

import os
import signal
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock

import pytest

from api.issuing_parts import issuing, now
from api.settings import Settings
from keystore.errors import AdapterFault, KeyUnavailable
from licenses.audit import AuditAction
from licenses.lifecycle import LicenseState
from tests.fakes.c_devices import CDevice
from tests.fakes.cut_lines import CutLine, cut_line
from tests.fakes.key_zones import Zone
from tests.fakes.moved_keys import move_key_into_device, move_key_into_token, move_key_into_zone
from verify import DEFAULT_LIMITS, QIANYIN_DEFAULT, Indication, TrustAnchors, verify_pdf
from verify import read_upload as read_pdf

TYPE = "animal_clinic"
BOUND_SECONDS = 60.0
"""For one attempt: a call, a process's start and a deadline later there is an answer."""
MOST_TRIES = 300
WAIT_SECONDS = 0.05
QUERY = "&call-timeout=2s"


@dataclass
class Rig:
    """What holds the key, and how it is made to fail."""

    losses: Mapping[str, int]
    beside: int
    """Licences issued by another thread at the same time, whatever hits them."""
    force: Callable[[str], None]
    mend: Callable[[], None]
    answer: Callable[[str], None] = field(default=lambda how: None)
    wrong_answers: tuple[str, ...] = ()
    require_clean: Callable[[], None] = field(default=lambda: None)
    least_failures: int = 0

    def kinds(self) -> list[str]:
        """Spread each kind evenly over the whole."""
        places = [
            ((number + 0.5) / count, kind)
            for kind, count in self.losses.items()
            for number in range(count)
        ]
        return [kind for _, kind in sorted(places)]


def _children() -> list[int]:
    found = Path("/proc/self/task").glob("*/children")
    return [int(one) for file in found for one in file.read_text(encoding="ascii").split()]


def device_rig(device: CDevice, function: str, losses: Mapping[str, int], beside: int) -> Rig:
    def force(kind: str) -> None:
        if kind == "gone":
            (device.memory / "gone").touch()
        elif kind == "killed":
            for child in _children():
                os.kill(child, signal.SIGKILL)
        else:
            device.fail_once(kind, function)

    def require_clean() -> None:
        assert device.violations == ""
        assert device.wrong_tries == 0

    return Rig(
        losses,
        beside,
        force,
        mend=lambda: (device.memory / "gone").unlink(missing_ok=True),
        answer=device.answer,
        wrong_answers=("other-key", "garbage", "zero", "overrun"),
        require_clean=require_clean,
        least_failures=sum(losses.values()) * 9 // 10,
    )


def sdf(settings: Settings, folder: Path, _: ExitStack) -> Rig:
    device = move_key_into_device(settings, folder, QUERY)
    losses = {"lost": 50, "gone": 22, "busy": 8, "killed": 9, "crash": 9, "hang": 2}
    rig = device_rig(device, "InternalSign_ECC", losses, 40)
    rig.wrong_answers += ("left",)
    return rig


def pkcs11(settings: Settings, folder: Path, _: ExitStack) -> Rig:
    token = move_key_into_token(settings, folder, QUERY)
    losses = {"lost": 12, "gone": 7, "busy": 4, "killed": 3, "crash": 3, "hang": 1}
    return device_rig(token, "C_Sign", losses, 10)


def remote(settings: Settings, folder: Path, closing: ExitStack) -> Rig:
    """The caller's line leads through one that is cut; the service is a process, killed twice."""
    zone = move_key_into_zone(settings, folder, "cut.toml", QUERY)
    closing.callback(zone.kill)
    zone.start()
    line = closing.enter_context(cut_line(lambda: zone.port))
    text = (zone.here / "service.toml").read_text(encoding="utf-8")
    text = text.replace(f"port = {zone.port}", f"port = {line.port}")
    (zone.here / "cut.toml").write_text(text, encoding="utf-8")
    losses = {"before": 8, "after": 10, "half": 6, "down": 4, "killed": 2}
    return Rig(losses, 10, *remote_faults(zone, line), least_failures=15)


def remote_faults(zone: Zone, line: CutLine) -> tuple[Callable[[str], None], Callable[[], None]]:
    def force(kind: str) -> None:
        if kind == "killed":
            zone.kill()
        else:
            line.cut(kind)

    starting = Lock()

    def mend() -> None:
        with starting:
            zone.start()
        line.mend()

    return force, mend


class Bench:
    """Issues; a request that could not be sealed is sent again until it is."""

    def __init__(self, issuer, rig: Rig):
        self.issuer, self.rig = issuer, rig
        self.request = dict(issuer.catalog.get(TYPE).sample)
        self.failed, self.longest = 0, 0.0

    def issue_once(self, key: str):
        begun = time.monotonic()
        try:
            return self.issuer.issue(self.request, client="approvals", idempotency_key=key)
        finally:
            self.longest = max(self.longest, time.monotonic() - begun)

    def issue(self, key: str):
        for _ in range(MOST_TRIES):
            try:
                return self.issue_once(key)
            except KeyUnavailable:
                self.failed += 1
                self.rig.mend()
                Event().wait(WAIT_SECONDS)
        raise AssertionError(f"{key} is never issued")


def issue_under_fire(bench: Bench) -> dict[str, object]:
    """Issue a licence for each loss, and others beside; then one for each wrong answer."""
    rig, done = bench.rig, Event()

    def others() -> dict[str, object]:
        names = (f"beside-{number}" for number in range(rig.beside))
        return {key: bench.issue(key) for key in names if not done.is_set()}

    with ThreadPoolExecutor(1) as pool:
        beside = pool.submit(others)
        made = {}
        try:
            for number, kind in enumerate(rig.kinds()):
                rig.force(kind)
                made[f"case-{number}"] = bench.issue(f"case-{number}")
        finally:
            done.set()
        made |= beside.result(60)
    for answer in rig.wrong_answers:
        rig.answer(answer)
        with pytest.raises(AdapterFault):
            bench.issue_once(answer)
        rig.answer("")
        made[answer] = bench.issue(answer)
    return made


@pytest.mark.slow
@pytest.mark.parametrize(("build", "count"), [(sdf, 100), (pkcs11, 30), (remote, 30)])
def test_losses_lose_nothing_and_seal_nothing_twice(settings: Settings, tmp_path, build, count):
    with ExitStack() as closing:
        rig = build(settings, tmp_path / "hsm", closing)
        assert len(rig.kinds()) == count
        issuer = closing.enter_context(issuing(settings))
        bench = Bench(issuer, rig)
        made = issue_under_fire(bench)
        again = {key: bench.issue(key) for key in made}
        records = issuer.register.page().records
        histories = [issuer.register.history(one.identifier) for one in records]
    assert bench.failed >= rig.least_failures
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
    rig.require_clean()
    assert bench.longest < BOUND_SECONDS
