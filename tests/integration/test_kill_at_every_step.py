"""kill -9 a real issuing process after each step: nothing is lost, nothing is issued twice."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from api.issuing_parts import issuing, now
from api.settings import Settings
from licenses.audit import AuditAction
from licenses.issuing import IssuingStep
from licenses.lifecycle import LicenseState
from verify import DEFAULT_LIMITS, QIANYIN_DEFAULT, Indication, TrustAnchors, verify_pdf
from verify import read_upload as read_pdf

DYING_ISSUER = Path(__file__).parents[1] / "fakes" / "dying_issuer.py"
TYPE = "animal_clinic"


def _run(
    settings: Settings, step: str, request: dict[str, object]
) -> subprocess.CompletedProcess[str]:
    arguments = [str(settings.data_dir), step, json.dumps(request), "case-1"]
    return subprocess.run(
        [sys.executable, str(DYING_ISSUER), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("step", list(IssuingStep))
def test_a_killed_issue_is_completed_by_the_same_request_and_never_done_twice(
    settings: Settings, step: IssuingStep
) -> None:
    with issuing(settings) as issuer:
        request = dict(issuer.catalog.get(TYPE).sample)
    died = _run(settings, step, request)
    assert died.returncode == -signal.SIGKILL, died.stderr

    with issuing(settings) as issuer:
        before = issuer.register.page().records
        again = issuer.issue(request, client="approvals", idempotency_key="case-1")
        third = issuer.issue(request, client="approvals", idempotency_key="case-1")
        records = issuer.register.page().records
        history = issuer.register.history(again.record.identifier)

    assert len(before) == len(records) == 1
    assert before[0].identifier == again.record.identifier
    assert before[0].number == again.record.number
    assert records[0].state is LicenseState.ISSUED
    assert again.created == (step is not IssuingStep.COMPLETED)
    assert third.pdf == again.pdf
    assert not third.created
    completed = [one for one in history if one.action is AuditAction.COMPLETED]
    assert len(completed) == 1
    report = verify_pdf(
        read_pdf(again.pdf, limits=DEFAULT_LIMITS),
        anchors=TrustAnchors.from_directory(settings.trust_dir),
        policy=QIANYIN_DEFAULT,
        at=now(),
    )
    assert report.indication is Indication.TOTAL_PASSED


@pytest.mark.slow
def test_a_process_left_alone_says_which_licence_it_issued(settings: Settings) -> None:
    with issuing(settings) as issuer:
        request = dict(issuer.catalog.get(TYPE).sample)
    done = _run(settings, "never", request)
    assert done.returncode == 0, done.stderr
    with issuing(settings) as issuer:
        assert issuer.register.find(done.stdout).state is LicenseState.ISSUED
