"""The folders in licenses/types say what the laws behind them ask for."""

import json

import pytest

from licenses.drafts import draft_from_request
from licenses.holders import fault_in_code
from licenses.license_types import LicenseType
from licenses.validity import ValidityKind
from tests.fakes.license_pages import CATALOG, TODAY, longest_value

every_type = pytest.mark.parametrize("kind", list(CATALOG), ids=lambda t: t.slug)

MINISTRY = "11100000000013338W"

# What the law wants on the licence besides the holder's name (农药管理条例, 兽药管理条例, 种子法,
# 动物防疫法, 生猪屠宰管理条例, 渔业法), and for how many years it is good.
BY_LAW = {
    "pesticide_registration": (
        ("农药名称", "剂型", "毒性", "有效成分及其含量", "使用范围、使用方法和剂量"),
        5,
    ),
    "pesticide_production": (("住所", "法定代表人（负责人）", "生产范围", "生产地址"), 5),
    "pesticide_business": (("住所", "负责人", "经营范围"), 5),
    "veterinary_drug_production": (("生产范围", "生产地点", "法定代表人姓名", "法定代表人住址"), 5),
    "veterinary_drug_business": (("经营范围", "经营地点", "法定代表人姓名", "法定代表人住址"), 5),
    "seed_business": (
        ("地址", "法定代表人", "生产种子的品种", "生产地点", "种子经营范围", "有效区域"),
        5,
    ),
    "animal_epidemic_prevention": (("场（厂）址", "动物（动物产品）种类"), 0),
    "animal_clinic": (("诊疗活动范围", "从业地点", "法定代表人（负责人）"), 0),
    "pig_slaughter": (("生产地址", "法定代表人（负责人）"), 0),
    "raw_milk_purchase": ((), 2),
    "fishing_permit": (("作业类型", "作业场所", "作业时限", "渔具名称和数量", "捕捞限额"), 5),
    "approval_decision": ((), 0),
}


def test_every_type_is_compared_with_its_law() -> None:
    assert {kind.slug for kind in CATALOG} == set(BY_LAW)


@every_type
def test_the_fields_and_the_term_the_law_fixes_are_there(kind: LicenseType) -> None:
    labels, years = BY_LAW[kind.slug]
    required = {f.zh for f in kind.fields if f.name in kind.schema["required"]}
    assert set(labels) <= required
    assert kind.validity.years == years
    assert (kind.validity.kind is ValidityKind.LONG_TERM) == (years == 0)


@every_type
def test_type_codes_are_the_ministrys_with_a_serial_of_their_own(kind: LicenseType) -> None:
    assert kind.code.startswith(MINISTRY)
    assert fault_in_code(MINISTRY, "001") is None
    assert kind.legal_basis.startswith("《")


@every_type
def test_labels_and_schema_titles_agree(kind: LicenseType) -> None:
    assert kind.schema["title"] == kind.title_zh
    for field in kind.fields:
        assert kind.schema["properties"][field.name]["title"] == field.zh
        assert field.en


@every_type
def test_the_sample_is_accepted_on_any_day_and_is_plainly_invented(kind: LicenseType) -> None:
    for day in (TODAY, TODAY.replace(year=2031), TODAY.replace(month=1, day=1)):
        draft = draft_from_request(CATALOG, kind.sample, today=day)
        assert draft.license_type is kind
    said = json.dumps(kind.sample, ensure_ascii=False)
    assert "示例" in said or "样例" in said
    assert kind.sample["holder"]["code"].startswith(("9199", "9399", "99"))


@every_type
def test_a_request_with_the_longest_texts_is_accepted(kind: LicenseType) -> None:
    fields = {
        name: longest_value(part, text="示例") for name, part in kind.schema["properties"].items()
    }
    assert (
        draft_from_request(CATALOG, {**kind.sample, "fields": fields}, today=TODAY).fields == fields
    )


def test_renewal_days_are_those_of_the_regulations() -> None:
    assert CATALOG.get("pesticide_registration").validity.renew_before_days == 90
    assert CATALOG.get("veterinary_drug_business").validity.renew_before_months == 6
