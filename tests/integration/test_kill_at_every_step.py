"""kill -9 a real issuing process after each step: nothing is lost, nothing is issued twice."""

import json
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from api.issuing_parts import issuing, now
from api.settings import Settings
from licenses.audit import AuditAction
from licenses.issuing_path import IssuingStep
from licenses.issuing_requests import IssuingRequest
from licenses.lifecycle import LicenseState
from verify import DEFAULT_LIMITS, QIANYIN_DEFAULT, Indication, TrustAnchors, verify_pdf
from verify import read_upload as read_pdf

DYING_ISSUER = Path(__file__).parents[1] / "fakes" / "dying_issuer.py"
TYPE = "animal_clinic"


def _run(
    settings: Settings, step: str, which: int, request: dict[str, object], *keys: str
) -> subprocess.CompletedProcess[str]:
    arguments = [str(settings.data_dir), step, str(which), json.dumps(request), *keys]
    return subprocess.run(
        [sys.executable, str(DYING_ISSUER), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _require_genuine(settings: Settings, pdf: bytes) -> None:
    report = verify_pdf(
        read_pdf(pdf, limits=DEFAULT_LIMITS),
        anchors=TrustAnchors.from_directory(settings.trust_dir),
        policy=QIANYIN_DEFAULT,
        at=now(),
    )
    assert report.indication is Indication.TOTAL_PASSED


@pytest.mark.slow
@pytest.mark.parametrize("step", list(IssuingStep))
@pytest.mark.parametrize(
    ("keys", "which"),
    [(("case-1",), 1), (("case-1", "case-2", "case-3"), 2)],
    ids=["alone", "in company"],
)
def test_killed_requests_are_completed_when_sent_again_and_none_is_done_twice(
    settings: Settings, step: IssuingStep, keys: tuple[str, ...], which: int
) -> None:
    with issuing(settings) as issuer:
        request = dict(issuer.catalog.get(TYPE).sample)
    died = _run(settings, step, which, request, *keys)
    assert died.returncode == -signal.SIGKILL, died.stderr

    company = [IssuingRequest(request, "approvals", key) for key in keys]
    with issuing(settings) as issuer:
        before = issuer.register.page().records
        again = [end.answer() for end in issuer.issue_all(company)]
        third = [end.answer() for end in issuer.issue_all(company)]
        records = issuer.register.page().records
        told = [issuer.register.history(one.record.identifier) for one in again]

    assert len(before) == len(records) == len(keys)
    assert {one.identifier for one in before} == {one.record.identifier for one in again}
    assert {one.number for one in before} == {one.record.number for one in again}
    assert {one.state for one in records} == {LicenseState.ISSUED}
    if step is IssuingStep.COMPLETED:  # words of one transaction: all of the company are issued
        assert not any(one.created for one in again)
    else:
        assert all(one.created for one in again)
    assert [one.pdf for one in third] == [one.pdf for one in again]
    assert not any(one.created for one in third)
    for history in told:
        completed = [one for one in history if one.action is AuditAction.COMPLETED]
        assert len(completed) == 1
    for one in again:
        _require_genuine(settings, one.pdf)


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["reserve", "intend", "complete"])
def test_killed_between_two_writes_of_one_transaction_nothing_of_it_is_there(
    settings: Settings, verb: str
) -> None:
    keys = "case-1", "case-2", "case-3"
    with issuing(settings) as issuer:
        request = dict(issuer.catalog.get(TYPE).sample)
    died = _run(settings, verb, 2, request, *keys)
    assert died.returncode == -signal.SIGKILL, died.stderr

    company = [IssuingRequest(request, "approvals", key) for key in keys]
    with issuing(settings) as issuer:
        before = issuer.register.page().records
        intents = issuer.register.abandoned(before=now() + timedelta(days=1))
        made = [end.answer() for end in issuer.issue_all(company)]
        assert len(issuer.register.page().records) == len(keys)

    assert len(before) == (0 if verb == "reserve" else len(keys))
    assert {one.state for one in before} <= {LicenseState.RESERVED}
    assert len(intents) == (len(keys) if verb == "complete" else 0)
    assert all(one.created for one in made)
    for one in made:
        _require_genuine(settings, one.pdf)


@pytest.mark.slow
def test_a_process_left_alone_says_which_licence_it_issued(settings: Settings) -> None:
    with issuing(settings) as issuer:
        request = dict(issuer.catalog.get(TYPE).sample)
    done = _run(settings, "never", 1, request, "case-1")
    assert done.returncode == 0, done.stderr
    with issuing(settings) as issuer:
        assert issuer.register.find(done.stdout).state is LicenseState.ISSUED
