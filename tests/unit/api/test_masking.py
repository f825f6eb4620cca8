"""A stranger recognises a name, and cannot learn it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.masking import mask_code, mask_name


@pytest.mark.parametrize(
    ("name", "kind", "masked"),
    [
        ("张三", "person", "张**"),
        ("欧阳修远", "person", "欧**"),
        ("买买提·阿卜杜拉", "person", "买**"),
        ("J. Smith", "person", "J**"),
        ("示例农业科技有限公司", "organization", "示例农业***公司"),
        ("示例市样例动物医院有限公司", "organization", "示例市样***公司"),
        ("大山公司", "organization", "***公司"),
        ("大山里公司", "organization", "大***公司"),
        ("清溪茶叶专业合作社", "organization", "清溪***专业合作社"),
        ("医院", "organization", "***医院"),
        ("某某", "organization", "***"),
        ("Example Farms Ltd", "organization", "Exam***"),
        ("", "person", "***"),
        ("  ", "organization", "***"),
    ],
)
def test_a_name_is_masked(name, kind, masked):
    assert mask_name(name, kind) == masked


@given(st.text(min_size=1, max_size=60), st.sampled_from(["person", "organization"]))
def test_a_masked_name_never_shows_the_whole_and_never_its_length(name, kind):
    masked = mask_name(name, kind)
    assert "**" in masked
    hidden = name.strip()
    shown = masked.replace("*", "")
    if len(hidden) > 1:
        assert len(shown) < len(hidden) or hidden in {"公司", "医院", shown}
    assert mask_name(hidden + "甲", "person") == mask_name(hidden + "甲乙丙", "person")


@pytest.mark.parametrize(
    ("code", "masked"),
    [
        ("110101199003070011", "110***11"),
        ("E12345678", "E12***78"),
        ("1234567", "***"),
        ("", "***"),
    ],
)
def test_a_persons_code_is_mostly_hidden(code, masked):
    assert mask_code(code) == masked
