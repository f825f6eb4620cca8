from datetime import date

from licenses.holders import Holder
from licenses.wording import chinese_date, page_content
from tests.fakes.license_pages import CATALOG, sample_page

CLINIC = CATALOG.get("animal_clinic")


def test_dates_are_written_in_chinese_without_leading_noughts() -> None:
    assert chinese_date(date(2026, 1, 2)) == "2026年1月2日"


def test_the_lines_begin_with_the_holder_and_follow_the_types_order() -> None:
    lines = page_content(sample_page(CLINIC))["lines"]
    assert [label for label, _ in lines] == [
        "诊疗机构名称",
        "统一社会信用代码",
        "法定代表人（负责人）",
        "从业地点",
        "诊疗活动范围",
    ]


def test_a_persons_identity_number_is_not_printed() -> None:
    holder = Holder("样例", "11010519491231002X", "111")
    said = page_content(sample_page(CLINIC, holder=holder))
    assert "11010519491231002X" not in str(said)
    assert page_content(sample_page(CLINIC, holder=Holder("样例社", "A1", "099")))["lines"][1] == (
        "证件代码",
        "A1",
    )


def test_the_period_is_long_term_or_from_and_to() -> None:
    assert page_content(sample_page(CLINIC))["valid"] == "长期"
    limited = page_content(sample_page(CATALOG.get("pesticide_business")))
    assert limited["valid"] == "2026年11月23日至2031年11月22日"


def test_date_fields_are_printed_in_chinese_and_left_as_they_were_in_the_data() -> None:
    said = page_content(sample_page(CATALOG.get("approval_decision")))
    assert said["texts"]["applied_on"] == "2026年11月2日"
    assert said["fields"]["applied_on"] == "2026-11-02"
    assert said["accent"] is None
