"""Seals of every version in the field are read, and none that was changed verifies."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keystore import SIGNER_ID_GM, Deviation, Seal
from keystore.errors import InvalidSeal, InvalidSignature, KeystoreError
from keystore.seals import CACHED_SEAL_MAX_BYTES, SEAL_MAX_BYTES
from tests.fakes.pki import NOW, new_seal, picture, pki
from tests.fakes.pki import seal as standard_seal
from tests.fakes.seals import SealRecipe, certificate_list, digest_list, extension

CORPUS = Path(__file__).parents[4] / "shared/corpus/seals"


def verify(seal: Seal) -> None:
    seal.verify_maker_signature(signer_id=SIGNER_ID_GM)


def test_a_seal_of_ours_says_what_was_planned():
    seal = standard_seal()
    assert (seal.version, seal.vendor_id, seal.type_code) == (4, "Qianyin", 3)
    assert (seal.seal_id, seal.name) == ("44010000000001", "示例农业农村局")
    assert seal.picture == picture()
    assert seal.signer_certificates == (pki().leaf.certificate.der,)
    assert seal.signer_digests == ()
    assert seal.maker == pki().maker.certificate
    assert seal.deviations == ()
    assert seal.created_at == NOW - timedelta(hours=1)
    verify(seal)


def test_a_seal_is_in_force_from_its_first_to_its_last_instant():
    seal = standard_seal()
    instant = timedelta(seconds=1)
    assert seal.is_valid_at(seal.valid_from)
    assert seal.is_valid_at(seal.valid_until)
    assert not seal.is_valid_at(seal.valid_from - instant)
    assert not seal.is_valid_at(seal.valid_until + instant)


@pytest.mark.parametrize("version", [1, 4, 5])
@pytest.mark.parametrize("raw_value", [False, True])
def test_every_version_is_read_and_verified(version, raw_value):
    seal = SealRecipe(version=version, raw_value=raw_value).seal()
    verify(seal)
    assert seal.version == version
    assert seal.created_at == NOW
    assert seal.name == ("旧印章" if version == 1 else "电子印章")
    assert seal.lists(pki().leaf.certificate)
    assert not seal.lists(pki().maker.certificate)
    assert seal.deviations == ((Deviation.RAW_SEAL_SIGNATURE,) if raw_value else ())


def test_a_seal_of_2025_may_carry_a_timestamp():
    verify(SealRecipe(version=5, timestamp=b"token").seal())


@pytest.mark.parametrize("version", [1, 4, 5])
def test_a_signer_added_to_the_list_breaks_the_makers_signature(version):
    good = SealRecipe(version=version)
    verify(good.seal())
    longer = certificate_list(pki().leaf.certificate, pki().maker.certificate)
    forged = good.but(signers=longer, value=good.seal().signature).seal()
    assert forged.lists(pki().maker.certificate)
    with pytest.raises(InvalidSignature):
        verify(forged)


@pytest.mark.parametrize("version", [1, 4, 5])
def test_another_makers_certificate_does_not_verify(version):
    good = SealRecipe(version=version)
    namesake = pki().party("制章者")
    with pytest.raises(InvalidSignature):
        verify(good.but(maker=namesake, value=good.seal().signature).seal())


@pytest.mark.parametrize("kind", ["SM3", "1.2.156.10197.1.401"])
def test_signers_may_be_listed_by_digest(kind):
    listed = digest_list(pki().leaf.certificate, kind=kind)
    seal = SealRecipe(list_type=2, signers=listed).seal()
    assert seal.signer_certificates == ()
    assert seal.lists(pki().leaf.certificate)
    assert not seal.lists(pki().maker.certificate)


def test_a_digest_of_another_kind_lists_nobody():
    listed = digest_list(pki().leaf.certificate, kind="SHA1")
    assert not SealRecipe(list_type=2, signers=listed).seal().lists(pki().leaf.certificate)


@pytest.mark.parametrize(
    ("list_type", "signers"),
    [
        (1, digest_list(pki().leaf.certificate)),
        (2, certificate_list(pki().leaf.certificate)),
        (3, certificate_list(pki().leaf.certificate)),
        (0, []),
    ],
)
def test_a_list_of_another_kind_than_it_says_is_refused(list_type, signers):
    with pytest.raises(InvalidSeal, match="list"):
        SealRecipe(list_type=list_type, signers=signers).seal()


@pytest.mark.parametrize(
    ("recipe", "deviations"),
    [
        (SealRecipe(untagged=[extension()]), ()),
        (SealRecipe(untagged=[extension(True)]), ()),
        (SealRecipe(tagged=[extension()]), (Deviation.EXTENSION_TAG,)),
        (SealRecipe(untagged=[extension(False)]), (Deviation.EXPLICIT_DEFAULT,)),
        (SealRecipe(version=1, tagged=[extension()]), ()),
        (SealRecipe(version=1, untagged=[extension()]), (Deviation.EXTENSION_TAG,)),
        (SealRecipe(utc_time=True), (Deviation.TIME_FORM,)),
        (SealRecipe(version=1, utc_time=False), (Deviation.TIME_FORM,)),
        (
            SealRecipe(raw_value=True, tagged=[extension(False)]),
            (
                Deviation.RAW_SEAL_SIGNATURE,
                Deviation.EXTENSION_TAG,
                Deviation.EXPLICIT_DEFAULT,
            ),
        ),
    ],
)
def test_what_vendors_write_beside_the_standard_is_read_and_named(recipe, deviations):
    seal = recipe.seal()
    assert seal.deviations == deviations
    verify(seal)


def test_unused_bits_are_named():
    assert Deviation.UNUSED_BITS in SealRecipe(unused_bits=2).seal().deviations


@pytest.mark.parametrize(
    "recipe",
    [
        SealRecipe(header_id="XS"),
        SealRecipe(header_id=""),
        SealRecipe(version=1, header_id="es"),
        SealRecipe(version=2),
        SealRecipe(version=3),
        SealRecipe(version=6),
        SealRecipe(raw_value=True, value=bytes(64)),
        SealRecipe(raw_value=True, value=b"\xff" * 64),
        SealRecipe(signers=[certificate_list(pki().leaf.certificate)[0]] * 1, list_type=9),
    ],
)
def test_a_seal_that_is_none_is_refused(recipe):
    with pytest.raises(InvalidSeal):
        recipe.seal()


def test_a_form_of_one_version_with_the_number_of_another_is_refused():
    from cryptography.hazmat import asn1

    from keystore.ses import SES_SealInfo, SES_SealInfoV1, SESeal, SESealV1

    old = asn1.decode_der(SESealV1, SealRecipe(version=1).der())
    info = asn1.decode_der(SES_SealInfoV1, asn1.encode_der(old.esealInfo))
    info.header.version = 4
    old.esealInfo = asn1.decode_der(asn1.TLV, asn1.encode_der(info))
    with pytest.raises(InvalidSeal, match="version 4 has another form"):
        Seal.from_der(asn1.encode_der(old))
    new = asn1.decode_der(SESeal, SealRecipe().der())
    made = asn1.decode_der(SES_SealInfo, asn1.encode_der(new.eSealInfo))
    made.header.version = 1
    new.eSealInfo = asn1.decode_der(asn1.TLV, asn1.encode_der(made))
    with pytest.raises(InvalidSeal, match="version 1 has another form"):
        Seal.from_der(asn1.encode_der(new))


def test_a_maker_that_is_no_certificate_is_refused():
    der = SealRecipe().der()
    maker = pki().maker.certificate.der
    for version in (1, 4):
        der = SealRecipe(version=version).der()
        spoilt = der.replace(maker, b"\x31" + maker[1:])
        with pytest.raises(InvalidSeal, match="certificate"):
            Seal.from_der(spoilt)


@pytest.mark.parametrize("der", [b"", b"0\x00", b"garbage", bytes(SEAL_MAX_BYTES + 1)])
def test_malformed_bytes_are_refused(der):
    with pytest.raises(InvalidSeal):
        Seal.from_der(der)


def test_trailing_bytes_are_refused():
    with pytest.raises(InvalidSeal):
        Seal.from_der(standard_seal().der + b"\0")


def test_a_large_seal_is_read_but_not_kept():
    from keystore.pictures import SealPicture
    from keystore.seals import _maker_fault, _read

    large = new_seal(picture=SealPicture("PNG", bytes(CACHED_SEAL_MAX_BYTES), 42, 42))
    kept = _read.cache_info().currsize, _maker_fault.cache_info().currsize
    assert Seal.from_der(large.der).picture.data == bytes(CACHED_SEAL_MAX_BYTES)
    verify(large)
    assert (_read.cache_info().currsize, _maker_fault.cache_info().currsize) == kept
    assert Seal.from_der(standard_seal().der) is Seal.from_der(standard_seal().der)


SEAL = SealRecipe(untagged=[extension()]).der()
OLD_SEAL = SealRecipe(version=1).der()


def essence(seal: Seal) -> tuple:
    return (
        *(seal.seal_id, seal.vendor_id, seal.type_code, seal.name, seal.picture),
        *(seal.created_at, seal.valid_from, seal.valid_until),
        *(seal.signer_certificates, seal.signer_digests, seal.maker, seal.signed_bytes),
    )


@settings(max_examples=400)
@given(st.sampled_from([SEAL, OLD_SEAL]), st.data())
def test_a_seal_with_a_changed_byte_never_verifies_as_another(original, data):
    place = data.draw(st.integers(0, len(original) - 1))
    octet = data.draw(st.integers(0, 255).filter(lambda one: one != original[place]))
    try:
        seal = Seal.from_der(original[:place] + bytes([octet]) + original[place + 1 :])
        verify(seal)
        # The maker does not sign his own certificate in v4; his CA does.
        pki().issuing.certificate.verify_issued(seal.maker, signer_id=SIGNER_ID_GM)
    except (InvalidSeal, InvalidSignature):
        return
    pytest.fail(f"byte {place} changed to {octet:#x} and the seal still verifies")


@given(st.binary(max_size=300))
@example(b"0\x80\x00\x00")
def test_arbitrary_bytes_are_an_invalid_seal(data):
    with pytest.raises(InvalidSeal):
        Seal.from_der(data)


@pytest.mark.parametrize(
    ("file", "version", "deviations"),
    [
        ("ofdrw_UserV1.esl", 1, None),
        ("ofdrw_UserV4.esl", 4, None),
        ("ofdrw_UserV5.esl", 5, None),
        ("ofdrw_UserV5_ts.esl", 5, None),
    ],
)
def test_seals_made_by_another_project_are_read_and_verified(file, version, deviations):
    if not (CORPUS / file).exists():
        pytest.skip(f"the corpus of foreign seals is not here: {CORPUS}")
    seal = Seal.from_der((CORPUS / file).read_bytes())
    assert seal.version == version
    verify(seal)
    assert seal.signer_certificates
    with pytest.raises(InvalidSignature):
        seal.verify_maker_signature(signer_id=b"")


def test_an_error_of_a_seal_is_a_keystore_error():
    assert issubclass(InvalidSeal, KeystoreError)
    assert essence(Seal.from_der(SEAL)) == essence(Seal.from_der(SEAL))
