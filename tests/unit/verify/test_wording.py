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
    warnings.SEAL_MAKER_UNNAMED,
    warnings.SEAL_NAME_OTHER,
    warnings.HYBRID_XREF,
    warnings.SEAL_INVISIBLE,
    warnings.SEAL_SIZE_UNLIKELY,
    warnings.SEAL_UNDER_ANOTHER,
}


@pytest.mark.parametrize("code", [*map(str, Code), *sorted(WARNINGS)])
def test_every_code_has_a_sentence_in_both_languages(code: str) -> None:
    words = sentence_of(code)
    assert words is SENTENCES[code]
    assert words.zh.endswith("。")
    assert words.en.endswith(".")
    assert bool(words.next_zh) == bool(words.next_en)


NOTHING_TO_DO = {
    Code.FORMAT_SOUND,
    Code.COVERS_ENTIRE_FILE,
    Code.COVERS_ENTIRE_REVISION,
    Code.DIGEST_MATCHES,
    Code.NO_LATER_CHANGES,
    Code.ONLY_UPKEEP_LATER,
    Code.CONTENT_PLAIN,
    Code.VALUE_HOLDS,
    Code.TIME_CLAIMED,
    Code.TIME_MISSING,
    Code.TIME_PROVEN,
    Code.SIGNER_FOUND,
    Code.CHAIN_TRUSTED,
    Code.NOT_REVOKED,
    Code.REVOCATION_UNKNOWN_ACCEPTED,
    Code.REVOKED_LATER,
    Code.SEAL_VALID,
    Code.APPEARANCE_MATCHES,
    Code.APPEARANCE_INVISIBLE,
    Code.POLICY_SATISFIED,
}
"""Codes of checks that pass; a code that stands in the way of a pass has a next step."""


def test_whatever_does_not_pass_has_a_next_step() -> None:
    assert {code for code, words in SENTENCES.items() if not words.next_zh} <= NOTHING_TO_DO


UNKNOWN_NEVER_INVALID = ("UNKNOWN", "UNTRUSTED", "UNSUPPORTED", "OUT_OF_BOUNDS", "UNCLEAR")


@pytest.mark.parametrize(
    "code", [one for one in map(str, Code) if any(word in one for word in UNKNOWN_NEVER_INVALID)]
)
def test_what_is_unknown_is_never_called_invalid(code: str) -> None:
    words = sentence_of(code)
    assert "无效" not in words.zh
    assert "not valid:" not in words.en
    assert "forged" not in words.en


def test_no_sentence_is_for_a_code_that_does_not_exist() -> None:
    assert set(SENTENCES) == {*map(str, Code)} | WARNINGS


def test_every_verdict_has_its_sentence() -> None:
    assert set(VERDICTS) == set(Indication)


def test_an_unknown_code_still_gets_words() -> None:
    assert sentence_of("FROM_A_LATER_VERSION").en == "There are no words for this code yet."


def test_only_deviations_that_exist_are_accepted() -> None:
    assert QIANYIN_DEFAULT.accepted_deviations <= WARNINGS
