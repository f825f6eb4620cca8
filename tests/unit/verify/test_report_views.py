"""One report, three views; the facts behind it are what the checks looked at."""

import json
from base64 import b64decode
from dataclasses import replace

import pytest

from keystore import Certificate, RevocationList, sm3
from tests.fakes.pdf_documents import document
from tests.fakes.report_schemas import require_published_forms
from tests.fakes.signed_documents import report_on, sealed, sealing, sign
from tests.fakes.sm2_people import world
from verify import QIANYIN_DEFAULT, View, schema_of, view_of
from verify.diagnosing import SHOWN_LIST_BYTES
from verify.policy_content import policy_content, policy_sm3
from verify.wording import NO_SIGNATURE, VERDICTS, sentence_of


def diagnosis_of(report):
    return view_of(report, View.DIAGNOSTIC)["diagnosis"]


def test_every_view_names_its_schema_and_is_plain_json() -> None:
    report = report_on(sealed())
    for view in View:
        told = view_of(report, view)
        assert told["schema"] == schema_of(view)
        assert json.loads(json.dumps(told)) == told
        assert (told["indication"], told["file_sm3"]) == ("TOTAL_PASSED", report.file_sm3)


def test_the_diagnostic_view_is_the_detailed_one_and_the_facts() -> None:
    report = report_on(sealed())
    diagnostic = view_of(report, View.DIAGNOSTIC)
    assert diagnostic.pop("diagnosis")
    assert diagnostic == {**report.to_json(), "schema": schema_of(View.DIAGNOSTIC)}


def test_the_simple_view_says_who_when_under_which_seal() -> None:
    told = view_of(report_on(sealed()), View.SIMPLE)
    (signature,) = told["signatures"]
    assert signature["signer"] == world().signer.certificate.common_name
    assert signature["seal"]
    assert signature["signed_at"].endswith("Z")
    assert told["sentence"]["zh"] == VERDICTS[report_on(sealed()).indication].zh


def test_the_sentence_is_that_of_the_check_that_stood_in_the_way() -> None:
    data = bytearray(sealed().data)
    data[data.index(b"/MediaBox") + 12] ^= 1
    told = view_of(report_on(bytes(data)), View.SIMPLE)
    decisive = report_on(bytes(data)).signatures[0].decisive
    assert told["sentence"]["zh"] == sentence_of(decisive.code).zh
    assert told["signatures"][0]["sentence"]["next_en"]


def test_a_file_without_signatures_says_so() -> None:
    told = view_of(report_on(document()), View.SIMPLE)
    assert told["sentence"]["en"] == NO_SIGNATURE.en
    assert told["signatures"] == []


def test_every_code_in_a_report_is_explained_once() -> None:
    told = report_on(sealed()).to_json()
    (signature,) = told["signatures"]
    codes = {check["code"] for check in signature["checks"]} | set(signature["warnings"])
    assert set(told["explanations"]) == codes


def test_a_report_made_elsewhere_has_no_facts_and_says_so() -> None:
    bare = replace(report_on(sealed()), diagnosis=None)
    require_published_forms(bare)
    assert diagnosis_of(bare) is None


def test_a_verdict_without_a_signature_to_blame_keeps_its_own_words() -> None:
    report = report_on(document())
    odd = replace(report, sub_indication=None)
    assert view_of(odd, View.SIMPLE)["sentence"]["zh"] == VERDICTS[report.indication].zh


# The facts


def test_the_facts_are_those_of_the_file() -> None:
    made = sealed().data
    facts = diagnosis_of(report_on(made))
    (signature,) = facts["signatures"]
    start, first, second, rest = signature["byte_range"]
    assert (start, second + rest, facts["file_bytes"]) == (0, len(made), len(made))
    assert signature["digests"] == {"sm3": sm3(made[:first] + made[second:]).hex()}
    contents = bytes.fromhex(made[first + 1 : second - 1].decode())
    assert signature["contents_sm3"] == sm3(contents).hex()
    assert signature["contents_bytes"] == len(contents)
    assert signature["revision"] == len(facts["revisions"]) == 2
    assert facts["fault"] is None


def test_certificates_and_lists_are_there_once_and_whole() -> None:
    facts = diagnosis_of(report_on(sealed()))
    (signature,) = facts["signatures"]
    by_sm3 = {one["sm3"]: one for one in facts["certificates"]}
    assert len(by_sm3) == len(facts["certificates"])
    for one in facts["certificates"]:
        assert Certificate.from_der(b64decode(one["der"])).fingerprint == one["sm3"]
    (chain,) = signature["chains"]
    assert chain[0] == world().signer.certificate.fingerprint
    assert chain[-1] == world().root.certificate.fingerprint
    assert {*chain, *signature["maker_chain"]} == set(by_sm3)
    for one in facts["revocation_lists"]:
        listing = RevocationList.from_der(b64decode(one["der"]))
        assert (sm3(listing.der).hex(), one["entries"]) == (one["sm3"], len(listing.revoked))
    assert signature["revocation_lists"] == [one["sm3"] for one in facts["revocation_lists"]]
    assert facts["revocation_lists"]


def test_a_list_that_is_too_large_to_show_is_named(monkeypatch) -> None:
    from verify import diagnosing

    assert SHOWN_LIST_BYTES > 1000
    monkeypatch.setattr(diagnosing, "SHOWN_LIST_BYTES", 10)
    facts = diagnosis_of(report_on(sealed()))
    assert {one["der"] for one in facts["revocation_lists"]} == {None}
    assert all(one["sm3"] for one in facts["revocation_lists"])


def test_a_list_that_no_authority_of_the_chain_signed_is_not_evidence() -> None:
    people, strangers = world(), world("strangers")
    how = replace(sealing(people), crls=(*people.crls(), *strangers.crls()))
    facts = diagnosis_of(report_on(sign(document(), how)))
    theirs = {sm3(one).hex() for one in strangers.crls()}
    assert not theirs & {one["sm3"] for one in facts["revocation_lists"]}


def test_a_signature_that_cannot_be_read_has_the_facts_there_are() -> None:
    how = replace(sealing(world()), value=lambda _: b"\x30\x03\x02\x01\x05")
    facts = diagnosis_of(report_on(sign(document(), how)))
    (signature,) = facts["signatures"]
    assert signature["digests"] == {}
    assert signature["chains"] == []
    assert signature["byte_range"]


@pytest.mark.parametrize("numbers", [b"[0 1]", b"[0 true 2 3]", b"(none)", b"[0 1 2 (x)]"], ids=str)
def test_a_byte_range_that_is_none_is_none(numbers) -> None:
    how = replace(sealing(world()), byte_range=lambda *_: numbers)
    facts = diagnosis_of(report_on(sign(document(), how)))
    assert [one["byte_range"] for one in facts["signatures"]] == [None]


def test_a_damaged_file_says_what_is_wrong_with_it() -> None:
    facts = diagnosis_of(report_on(b"junk\n" + sealed().data))
    assert facts["fault"]
    assert facts["revisions"] == []


# The policy, spelt out


def test_the_policy_is_spelt_out_and_its_digest_follows_every_switch() -> None:
    content = policy_content(QIANYIN_DEFAULT)
    assert json.loads(json.dumps(content)) == content
    assert content["clock_tolerance"] == 300.0
    assert content["digests"] == sorted(QIANYIN_DEFAULT.digests)
    changed = replace(QIANYIN_DEFAULT, rsa_bits=3072)
    assert policy_sm3(changed) != policy_sm3(QIANYIN_DEFAULT)
    assert policy_sm3(replace(changed, rsa_bits=2048)) == policy_sm3(QIANYIN_DEFAULT)
