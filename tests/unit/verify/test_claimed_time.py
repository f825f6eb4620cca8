from datetime import UTC, datetime

import pytest

from verify.claimed_time import pdf_date, utc_time

MOMENT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        b"D:20260601120000Z",
        b"D:20260601120000Z00'00'",
        b"D:20260601200000+08'00'",
        b"D:20260601200000+08'00",
        b"D:20260601070000-05'00'",
    ],
)
def test_a_pdf_date_with_a_zone_is_read(text: bytes) -> None:
    assert pdf_date(text) == MOMENT


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"D:20260601120000",
        b"D:2026",
        b"D:20261301120000Z",
        b"D:00010101000000+99'00'",
        b"D:00010101000000+08'00'",
        b"2026",
    ],
)
def test_any_other_date_is_none(text: bytes) -> None:
    assert pdf_date(text) is None


def test_both_forms_of_asn_1_are_read() -> None:
    assert utc_time(b"\x17\x0d260601120000Z") == MOMENT
    assert utc_time(b"\x18\x0f20260601120000Z") == MOMENT
    assert utc_time(b"\x17\x03abc") is None
    assert utc_time(b"\x04\x00") is None
