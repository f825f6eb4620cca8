import pytest

from keystore import Deviation
from keystore.cms import CmsDeviation
from verify import SENTENCES, VERDICTS, Code, Indication, cms_value, sentence_of, warnings
from verify.policy import QIANYIN_DEFAULT

WARNINGS = {
    *map(str, Deviation),
    *map(str, CmsDeviation),
    cms_value.DETACHED,
    cms_value.DIGEST_AS_BASE64,
    cms_value.DIGEST_AS_CONTENT,
    warnings.HYBRID_XREF,
    warnings.SEAL_INVISIBLE,
    warnings.SEAL_SIZE_UNLIKELY,
}


@pytest.mark.parametrize("code", [*map(str, Code), *sorted(WARNINGS)])
def test_every_code_has_a_sentence_in_both_languages(code: str) -> None:
    words = sentence_of(code)
    assert words is SENTENCES[code]
    assert words.zh.endswith("。")
    assert words.en.endswith(".")
    assert bool(words.next_zh) == bool(words.next_en)


def test_no_sentence_is_for_a_code_that_does_not_exist() -> None:
    assert set(SENTENCES) == {*map(str, Code)} | WARNINGS


def test_every_verdict_has_its_sentence() -> None:
    assert set(VERDICTS) == set(Indication)


def test_an_unknown_code_still_gets_words() -> None:
    assert sentence_of("FROM_A_LATER_VERSION").en == "There are no words for this code yet."


def test_only_deviations_that_exist_are_accepted() -> None:
    assert QIANYIN_DEFAULT.accepted_deviations <= WARNINGS
