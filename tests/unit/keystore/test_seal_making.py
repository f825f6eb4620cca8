"""A seal is made only of a sound plan."""

from datetime import datetime, timedelta, timezone

import pytest

from keystore import SIGNER_ID_GM
from keystore.errors import AdapterFault, InvalidSeal, InvalidSignature
from keystore.seal_making import make_seal
from tests.fakes.pki import NOW, new_seal, new_signer, pki, seal_plan


def test_times_of_other_zones_and_fractions_become_whole_seconds_of_utc():
    east = timezone(timedelta(hours=8))
    seal = new_seal(valid_from=datetime(2026, 11, 23, 0, 0, 0, 999_999, tzinfo=east))
    assert seal.valid_from == datetime(2026, 11, 23, tzinfo=east)
    assert seal.valid_from.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"signers": ()}, "at least one signer"),
        ({"valid_until": NOW - timedelta(hours=1)}, "end after it begins"),
        ({"valid_until": NOW - timedelta(days=3)}, "end after it begins"),
        ({"signers": (pki().maker.certificate,)}, "may not be its signer"),
    ],
)
def test_an_unsound_plan_is_refused(changes, sentence):
    with pytest.raises(InvalidSeal, match=sentence):
        new_seal(**changes)


def test_a_maker_whose_certificate_may_not_sign_is_refused():
    maker = pki().party("加密者", key_usage=frozenset({"key_encipherment"}))
    with pytest.raises(InvalidSeal, match="may not sign"):
        make_seal(seal_plan(), maker=maker.credential, signer=maker.signer)


def test_a_key_that_is_not_the_makers_makes_no_seal():
    with pytest.raises((AdapterFault, InvalidSignature)):
        make_seal(seal_plan(), maker=pki().maker.credential, signer=new_signer())


def test_several_signers_may_use_one_seal():
    other = pki().party("另一人")
    seal = new_seal(signers=(pki().leaf.certificate, other.certificate))
    assert seal.lists(other.certificate)
    assert seal.lists(pki().leaf.certificate)
    seal.verify_maker_signature(signer_id=SIGNER_ID_GM)


@pytest.mark.parametrize("changes", [{"seal_id": "编号"}, {"name": "\ud800"}])
def test_values_the_format_cannot_hold_are_refused(changes):
    with pytest.raises(InvalidSeal, match="cannot carry"):
        new_seal(**changes)
