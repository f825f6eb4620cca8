import json
import xml.dom.minidom
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from licenses.metadata import (
    LONG_TERM,
    NAMES,
    as_text,
    differences,
    record_of,
    to_json,
    xmp_properties,
    xmp_schema,
)
from tests.fakes.license_pages import CATALOG, sample_page

BUSINESS = CATALOG.get("pesticide_business")
SPACES = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:pdfaSchema="s" xmlns:pdfaProperty="p"'


def test_the_record_has_the_standards_short_names_first_and_the_types_after() -> None:
    record = record_of(sample_page(BUSINESS))
    assert list(record)[: len(NAMES)] == list(NAMES)
    assert list(record)[len(NAMES) :] == ["KZ_FZR", "KZ_ZS", "KZ_JYFW"]
    assert record["ZZBFRQ"] == record["ZZYXQQSRQ"] == "20261123"
    assert record["ZZYXQJZRQ"] == "20311122"
    assert (record["CZZTDMLX"], record["CZZTDMLXDM"]) == ("统一社会信用代码", "001")
    assert record["ZZBS"].startswith("1.2.156.3005.2.11100000000013338W904.")


def test_a_licence_without_a_last_day_says_so_in_the_platforms_way() -> None:
    assert record_of(sample_page(BUSINESS, valid_until=None))["ZZYXQJZRQ"] == LONG_TERM


def test_a_field_that_was_left_out_is_left_out_of_the_record() -> None:
    fishing = CATALOG.get("fishing_permit")
    fields = {k: v for k, v in fishing.sample["fields"].items() if k != "vessel"}
    assert "KZ_CM" not in record_of(sample_page(fishing, fields=fields))


def test_lists_tables_and_numbers_become_one_line() -> None:
    assert as_text([{"a": "甲", "b": "乙"}, {"a": "丙", "b": 4}]) == "甲，乙；丙，4"


def test_the_json_is_the_same_every_time_and_reads_back() -> None:
    record = record_of(sample_page(BUSINESS))
    assert to_json(record) == to_json(dict(record))
    assert json.loads(to_json(record)) == record
    assert "农药经营许可证" in to_json(record).decode()


def test_a_file_that_says_the_same_as_the_register_has_no_differences() -> None:
    record = record_of(sample_page(BUSINESS))
    assert differences(json.loads(to_json(record)), record) == ()


def test_every_kind_of_difference_is_named() -> None:
    record = record_of(sample_page(BUSINESS))
    file: dict[str, object] = {**record, "CZZT": "他人", "KZ_JYFW": None, "X": "1"}
    del file["ZZBH"]
    assert differences(file, record) == ("ZZBH", "CZZT", "KZ_JYFW", "X")
    assert differences({**record, "ZZBFRQ": 20261123}, record) == ("ZZBFRQ",)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"]), max_size=60))
def test_any_text_is_well_formed_in_the_packet(text: str) -> None:
    document = f"<x {SPACES}>{xmp_properties({'CZZT': text}).decode()}</x>"
    [element] = xml.dom.minidom.parseString(document).getElementsByTagName("zz:CZZT")
    assert "".join(node.data for node in element.childNodes) == text


def test_the_extension_schema_describes_every_property_the_record_can_have() -> None:
    document = xml.dom.minidom.parseString(f"<x {SPACES}>{xmp_schema(BUSINESS).decode()}</x>")
    described = [
        node.firstChild.data for node in document.getElementsByTagName("pdfaProperty:name")
    ]
    assert set(described) == set(record_of(sample_page(BUSINESS)))
    assert len(described) == len(set(described))


def test_early_years_keep_four_digits() -> None:
    assert record_of(sample_page(BUSINESS, issue_date=date(980, 1, 2)))["ZZBFRQ"] == "09800102"
