"""Not one of the forgeries passes, and not one stops the verifier."""

import pytest

from tests.attacks.forging import FAMILIES, genuine
from tests.fakes.signed_documents import report_on
from verify import Indication, VerifyError

AT_LEAST = {
    "byte ranges": 36,
    "later revisions": 100,
    "structures": 38,
    "tampered values": 60,
    "seals": 60,
    "cms": 28,
}


def test_what_they_are_made_from_passes() -> None:
    assert report_on(genuine()).indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize("family", FAMILIES)
def test_no_forgery_passes(family: str) -> None:
    passed, seen = [], set()
    for name, data in FAMILIES[family]():
        seen.add(name)
        try:
            report = report_on(data)
        except VerifyError:
            continue
        if report.indication is Indication.TOTAL_PASSED or bool(not report.signatures):
            passed.append((name, report.indication))
    allowed = [("cut to the first revision", Indication.INDETERMINATE)]
    assert [one for one in passed if one not in allowed] == []
    assert len(seen) >= AT_LEAST[family]
