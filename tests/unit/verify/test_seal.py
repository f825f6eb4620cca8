"""The seal itself: its maker, its list of signers, its validity, its picture on the page."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat import asn1
from PIL import Image

from keystore import Seal, SealPicture
from keystore.ses import SES_SealInfo, SESeal
from keystore.x509_asn1 import raw
from tests.fakes.pdf_documents import document, flate, stream
from tests.fakes.signature_values import Token, ses_value
from tests.fakes.signed_documents import (
    POINTS,
    Field,
    code_of,
    decisive_code,
    image_stream,
    report_on,
    sealed,
    sealing,
    sign,
)
from tests.fakes.sm2_people import (
    DAY,
    NOW,
    PIXELS,
    Person,
    new_root,
    new_seal,
    picture,
    png,
    world,
)
from verify import (
    DEFAULT_LIMITS,
    QIANYIN_DEFAULT,
    Code,
    Indication,
    RevocationRule,
    SubIndication,
    VerificationReport,
)
from verify.report import CheckName

PEOPLE = world()


def with_seal(seal: Seal, *, at=NOW, more: tuple[bytes, ...] = (), crls=None, **options: object):
    how = sealing(PEOPLE, seal=seal, **options)
    how = replace(how, dss=(*how.dss, *more), crls=how.crls if crls is None else crls)
    return report_on(sign(document(), how), at=at)


def test_the_report_tells_what_the_seal_says() -> None:
    seal = report_on(sealed()).signatures[0].seal
    assert seal is not None
    assert (seal.name, seal.seal_id, seal.maker) == (
        "示例市农业农村局",
        "11000000000001",
        "Seal maker",
    )
    assert (seal.width_mm, seal.height_mm, seal.version) == (40, 40, 4)
    assert seal.picture_png == png()


def test_a_seal_that_does_not_list_its_signer_fails() -> None:
    report = with_seal(new_seal(PEOPLE.maker, PEOPLE.tsa))
    assert report.indication is Indication.TOTAL_FAILED
    assert decisive_code(report) == Code.SIGNER_NOT_IN_SEAL


def test_a_renewed_certificate_of_the_same_key_is_not_listed() -> None:
    renewed = PEOPLE.ca.issue("示例市农业农村局", signer=PEOPLE.signer.signer)
    how = sealing(PEOPLE, signer=renewed)
    assert decisive_code(report_on(sign(document(), how))) == Code.SIGNER_NOT_IN_SEAL


def _altered(seal: Seal, change) -> Seal:
    frame = asn1.decode_der(SESeal, seal.der)
    info = asn1.decode_der(SES_SealInfo, asn1.encode_der(frame.eSealInfo))
    change(info, frame)
    fields = ("cert", "signAlgID", "signedValue", "timeStamp")
    again = SESeal(
        eSealInfo=raw(asn1.encode_der(info)), **{one: getattr(frame, one) for one in fields}
    )
    return Seal.from_der(asn1.encode_der(again))


def test_an_altered_seal_fails() -> None:
    def rename(info, _frame) -> None:
        info.property.name = "另一个机关"

    report = with_seal(_altered(PEOPLE.seal, rename))
    assert report.sub_indication is SubIndication.SIG_CRYPTO_FAILURE
    assert decisive_code(report) == Code.SEAL_SIGNATURE_INVALID


def test_a_seal_said_to_be_made_by_another_fails() -> None:
    def claim(_info, frame) -> None:
        frame.cert = PEOPLE.tsa.certificate.der

    assert decisive_code(with_seal(_altered(PEOPLE.seal, claim))) == Code.SEAL_SIGNATURE_INVALID


def test_a_maker_of_an_unknown_root_is_not_called_invalid() -> None:
    report = with_seal(new_seal(world("other").maker, PEOPLE.signer))
    assert report.indication is Indication.INDETERMINATE
    assert decisive_code(report) == Code.SEAL_MAKER_UNTRUSTED


def _made_by(maker: Person, **options: object) -> VerificationReport:
    more = tuple(one.der for one in maker.above)
    return with_seal(new_seal(maker, PEOPLE.signer), more=more, **options)


def test_a_maker_who_may_not_sign_fails() -> None:
    cipher = PEOPLE.ca.issue("Maker", uses=frozenset({"key_encipherment"}))
    twin = Person(cipher.certificate, cipher.signer, cipher.above)
    real = replace(twin, certificate=PEOPLE.ca.issue("Maker", signer=cipher.signer).certificate)
    seal = new_seal(real, PEOPLE.signer)

    def swap(_info, frame) -> None:
        frame.cert = cipher.certificate.der

    assert decisive_code(with_seal(_altered(seal, swap))) == Code.SEAL_MAKER_INVALID


def test_a_maker_certified_by_one_that_may_not_fails() -> None:
    assert decisive_code(_made_by(PEOPLE.ca.issue("No CA").issue("Maker"))) == (
        Code.SEAL_MAKER_INVALID
    )


@pytest.mark.parametrize(
    ("start", "end", "at", "stamp", "code"),
    [
        (-9, -1, 0, None, Code.SEAL_MAKER_INVALID),
        (1, 9, 0, None, Code.SEAL_MAKER_INVALID),
        (-9, 9, 20, None, Code.SEAL_MAKER_OUT_OF_BOUNDS),
        (-9, 9, 20, Token(PEOPLE.tsa), Code.SEAL_VALID),
    ],
)
def test_the_makers_certificate_must_be_valid_when_the_seal_is_used(
    start: int, end: int, at: int, stamp: Token | None, code: str
) -> None:
    maker = PEOPLE.ca.issue("Maker", start=NOW + start * DAY, end=NOW + end * DAY)
    report = _made_by(maker, at=NOW + at * DAY, stamp=stamp)
    assert code_of(report, CheckName.SEAL) == code


@pytest.mark.parametrize(
    ("revoked", "at", "indication"),
    [(-1, 0, Indication.TOTAL_FAILED), (1, 2, Indication.INDETERMINATE)],
)
def test_a_revoked_maker_is_found(revoked: int, at: int, indication: Indication) -> None:
    serial = PEOPLE.maker.certificate.serial
    crl = PEOPLE.ca.crl({serial: NOW + revoked * DAY})
    report = with_seal(PEOPLE.seal, at=NOW + at * DAY, crls=(PEOPLE.root.crl(), crl))
    assert report.indication is indication
    assert decisive_code(report) == Code.SEAL_MAKER_REVOKED


def test_a_maker_whose_standing_is_asked_for_and_unknown_is_doubted() -> None:
    policy = replace(QIANYIN_DEFAULT, revocation=RevocationRule.ALWAYS)
    how = replace(sealing(PEOPLE), crls=())
    report = report_on(sign(document(), how), policy=policy)
    assert code_of(report, CheckName.SEAL) == Code.SEAL_MAKER_REVOCATION_UNKNOWN


@pytest.mark.parametrize(
    ("start", "end", "created", "at", "code"),
    [
        (-9, 9, -9, 0, Code.SEAL_VALID),
        (-9, -1, -9, 0, Code.SEAL_NOT_IN_FORCE),
        (1, 9, -9, 0, Code.SEAL_NOT_IN_FORCE),
        (-9, 9, 1, 0, Code.SEAL_NOT_IN_FORCE),
        (-9, 9, -9, 20, Code.SEAL_OUT_OF_BOUNDS),
    ],
)
def test_a_seal_is_used_in_its_validity(
    start: int, end: int, created: int, at: int, code: str
) -> None:
    seal = new_seal(
        PEOPLE.maker,
        PEOPLE.signer,
        start=NOW + start * DAY,
        end=NOW + end * DAY,
        created=NOW + created * DAY,
    )
    report = with_seal(seal, at=NOW + at * DAY)
    assert code_of(report, CheckName.SEAL) == code
    assert (report.indication is Indication.TOTAL_PASSED) == (code == Code.SEAL_VALID)


def test_a_stamp_proves_that_an_expired_seal_was_in_force() -> None:
    seal = new_seal(PEOPLE.maker, PEOPLE.signer, end=NOW + DAY)
    report = with_seal(seal, at=NOW + 5 * DAY, stamp=Token(PEOPLE.tsa))
    assert report.indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"key": PEOPLE.maker}, Code.VALUE_INVALID),
        ({"data_hash": bytes(32)}, Code.DIGEST_MISMATCH),
        ({"algorithm": "1.2.840.10045.4.3.2"}, Code.VALUE_INVALID),
        ({"version": 1}, Code.CONTAINER_MALFORMED),
    ],
)
def test_a_seal_signature_that_does_not_hold_fails(options: dict[str, object], code: str) -> None:
    report = report_on(sealed(**options))
    assert report.indication is Indication.TOTAL_FAILED
    assert code in {one.code for one in report.signatures[0].checks}


def test_a_raw_value_is_read_with_a_warning() -> None:
    report = report_on(sealed(raw_value=True))
    assert report.indication is Indication.TOTAL_PASSED
    assert report.signatures[0].warnings == ("SES_RAW_SIGNATURE", "SES_SEAL_MAKER_UNNAMED")


def test_unused_bits_never_pass() -> None:
    for _ in range(20):
        report = report_on(sealed(unused_bits=1))
        assert report.indication is not Indication.TOTAL_PASSED


def test_a_seal_larger_than_any_real_one_is_noted() -> None:
    seal = new_seal(PEOPLE.maker, PEOPLE.signer, size_mm=61)
    side = 61 / 25.4 * 72
    how = replace(
        sealing(PEOPLE, seal=seal), rect=b"[100 100 %.3f %.3f]" % (100 + side, 100 + side)
    )
    report = report_on(sign(document(), how))
    assert report.indication is Indication.TOTAL_PASSED
    assert report.signatures[0].warnings == ("SES_SEAL_SIZE_UNLIKELY", "SES_SEAL_MAKER_UNNAMED")


def test_a_picture_of_another_format_is_compared_but_not_handed_out() -> None:
    bitmap = png(picture(), "GIF")
    seal = new_seal(PEOPLE.maker, PEOPLE.signer, picture=bitmap, picture_format="GIF")
    shown = Image.open(__import__("io").BytesIO(bitmap)).convert("RGBA")
    report = report_on(sign(document(), replace(sealing(PEOPLE, seal=seal), image=shown)))
    assert report.indication is Indication.TOTAL_PASSED
    assert report.signatures[0].seal is not None
    assert report.signatures[0].seal.picture_png is None


# --- what is seen on the page


def shown(**changes: object) -> str:
    report = report_on(sign(document(), replace(sealing(PEOPLE), **changes)))
    return code_of(report, CheckName.APPEARANCE)


def test_another_picture_in_the_widget_fails() -> None:
    report = report_on(sign(document(), replace(sealing(PEOPLE), image=picture((0, 0, 200)))))
    assert report.indication is Indication.TOTAL_FAILED
    assert decisive_code(report) == Code.APPEARANCE_DIFFERS


def test_hidden_colours_do_not_matter_and_opaque_white_does() -> None:
    other = picture()
    other.paste((250, 250, 250, 0), (4, 4, PIXELS - 4, PIXELS - 4))
    assert shown(image=other) == Code.APPEARANCE_MATCHES
    other.paste((255, 255, 255, 255), (4, 4, PIXELS - 4, PIXELS - 4))
    assert shown(image=other) == Code.APPEARANCE_DIFFERS


def test_a_picture_of_another_size_in_pixels_differs() -> None:
    assert shown(image=picture().resize((PIXELS + 1, PIXELS))) == Code.APPEARANCE_DIFFERS


@pytest.mark.parametrize(
    ("side", "code"),
    [
        (POINTS + 2.5, Code.APPEARANCE_MATCHES),
        (POINTS - 2.5, Code.APPEARANCE_MATCHES),
        (POINTS + 4, Code.APPEARANCE_SIZE),
        (POINTS / 2, Code.APPEARANCE_SIZE),
    ],
)
def test_the_seal_is_shown_at_its_size(side: float, code: str) -> None:
    square = b"[100 100 %.3f %.3f]" % (100 + side, 100 + side)
    assert shown(rect=square) == code
    tall = b"[%.3f 100 100 %.3f]" % (100 + POINTS, 100 + side)
    assert shown(rect=tall) == code


@pytest.mark.parametrize(
    "changes",
    [
        {"rect": b"[0 0 0 0]"},
        {"rect": b"[1 2 3]"},
        {"rect": b"[/A 2 3 4]"},
        {"rect": b"17"},
        {"widget": b"/F 2"},
        {"widget": b"/F 32"},
    ],
)
def test_a_seal_that_is_not_shown_is_noted(changes: dict[str, bytes]) -> None:
    if "widget" in changes:
        # The fake's own /F comes first; a second one makes the field unreadable on purpose.
        signed = sealed()
        data = signed.data.replace(b"/F 132", b"/F " + changes["widget"][3:].ljust(3))
        report = report_on(data)
        assert code_of(report, CheckName.APPEARANCE) == Code.APPEARANCE_INVISIBLE
        return
    report = report_on(sign(document(), replace(sealing(PEOPLE), **changes)))
    assert report.indication is Indication.TOTAL_PASSED
    assert code_of(report, CheckName.APPEARANCE) == Code.APPEARANCE_INVISIBLE
    assert report.signatures[0].warnings == ("SES_SEAL_INVISIBLE", "SES_SEAL_MAKER_UNNAMED")


FORM = 7  # the numbers the fake gives: 5 signature, 6 widget, 7 form, 8 image, 9 mask
BOX = b"/Subtype /Form /BBox [0 0 %.3f %.3f]" % (POINTS, POINTS)
SEAL_8 = b" /Resources << /XObject << /Seal 8 0 R >> >>"
FULL = b"q %.3f 0 0 %.3f 0 0 cm /Seal Do Q" % (POINTS, POINTS)


def form(
    content: bytes, entries: bytes = BOX + SEAL_8, more: dict[int, bytes] | None = None
) -> str:
    return shown(extra={FORM: stream(content, entries), **(more or {})})


def test_a_picture_may_be_drawn_through_nested_forms() -> None:
    inner = b"/Resources << /XObject << /In 40 0 R >> >>"
    nested = {
        40: stream(b"/Seal Do", b"/Subtype /Form /BBox [0 0 1 1]" + SEAL_8),
    }
    outer = b"q %.3f 0 0 %.3f 0 0 cm q /In Do Q Q" % (POINTS, POINTS)
    assert form(outer, BOX + inner, nested) == Code.APPEARANCE_MATCHES
    scaled = {
        40: stream(
            b"/Seal Do",
            b"/Subtype /Form /BBox [0 0 1 1] /Matrix [%.3f 0 0 %.3f 0 0]" % (POINTS, POINTS)
            + SEAL_8,
        ),
    }
    assert form(b"/In Do", BOX + inner, scaled) == Code.APPEARANCE_MATCHES
    assert form(b"0.5 0 0 0.5 0 0\x00cm /In Do", BOX + inner, scaled) == Code.APPEARANCE_UNCLEAR


DEEP = {
    number: stream(
        b"/In Do", b"/Subtype /Form /Resources << /XObject << /In %d 0 R >> >>" % (number + 1)
    )
    for number in range(40, 50)
}
INNER = BOX + b" /Resources << /XObject << /In 40 0 R >> >>"
TINY = b"/Subtype /Form /BBox [0 0 0.4 0.4]" + SEAL_8
UNCLEAR = {
    "a corner of a tiny box": (b"q 0.05 0 0 0.05 0 0 cm /Seal Do Q", TINY, {}),
    "mirrored in a tiny box": (b"q -0.05 0 0 0.4 0.4 0 cm /Seal Do Q", TINY, {}),
    "no area": (b"q 0 0 0 0 0 0 cm /Seal Do Q", b"/Subtype /Form /BBox [0 0 0 0]" + SEAL_8, {}),
    "cut off by an inner form": (
        b"/In Do",
        INNER,
        {40: stream(FULL, b"/Subtype /Form /BBox [0 0 9 9]" + SEAL_8)},
    ),
    "an inner form without a box": (
        b"/In Do",
        INNER,
        {40: stream(FULL, b"/Subtype /Form" + SEAL_8)},
    ),
    "colours of another meaning": (
        FULL,
        BOX + SEAL_8.removesuffix(b">>") + b"/ColorSpace << /DefaultRGB [/CalRGB << >>] >> >>",
        {},
    ),
    "text": (b"BT /F1 9 Tf (x) Tj ET " + FULL, BOX + SEAL_8, {}),
    "nothing": (b"", BOX + SEAL_8, {}),
    "twice": (FULL + b" " + FULL, BOX + SEAL_8, {}),
    "half the box": (b"q 50 0 0 50 0 0 cm /Seal Do Q", BOX + SEAL_8, {}),
    "mirrored": (
        b"q -%.3f 0 0 %.3f %.3f 0 cm /Seal Do Q" % (POINTS, POINTS, POINTS),
        BOX + SEAL_8,
        {},
    ),
    "too many Q": (b"Q Q " + FULL, BOX + SEAL_8, {}),
    "no such name": (b"/Other Do", BOX + SEAL_8, {}),
    "a matrix": (FULL, BOX + SEAL_8 + b" /Matrix [2 0 0 2 0 0]", {}),
    "a matrix that is none": (FULL, BOX + SEAL_8 + b" /Matrix [2 0 0]", {}),
    "no box": (FULL, SEAL_8, {}),
    "a box of names": (FULL, b"/BBox [/A 0 1 1]" + SEAL_8, {}),
    "a transparency group": (FULL, BOX + SEAL_8 + b" /Group << >>", {}),
    "too long": (b" " * 5000, BOX + SEAL_8, {}),
    "on a layer": (
        FULL,
        BOX + SEAL_8,
        {8: image_stream(picture().convert("RGB"), b"/DeviceRGB", b"/OC << >>")},
    ),
    "too deep": (b"/In Do", BOX + b" /Resources << /XObject << /In 40 0 R >> >>", DEEP),
}


@pytest.mark.parametrize("name", UNCLEAR)
def test_an_appearance_that_draws_anything_else_is_unclear(name: str) -> None:
    content, entries, more = UNCLEAR[name]
    assert form(content, entries, more) == Code.APPEARANCE_UNCLEAR


RGB = picture().convert("RGB")
IMAGES = {
    "another colour space": image_stream(RGB, b"/DeviceCMYK", b""),
    "a palette": image_stream(RGB, b"[/Indexed /DeviceRGB 1 <00>]", b""),
    "a mask by colour": image_stream(RGB, b"/DeviceRGB", b"/Mask [0 0 0 0 0 0]"),
    "inverted": image_stream(RGB, b"/DeviceRGB", b"/Decode [1 0 1 0 1 0]"),
    "a predictor": image_stream(RGB, b"/DeviceRGB", b"/DecodeParms << /Predictor 15 >>"),
    "in another file": image_stream(RGB, b"/DeviceRGB", b"/F (x)"),
    "four bits": image_stream(RGB, b"/DeviceRGB", b"").replace(b"Component 8", b"Component 4"),
    "no width": image_stream(RGB, b"/DeviceRGB", b"").replace(b"/Width", b"/Widht"),
    "a wrong width": image_stream(RGB, b"/DeviceRGB", b"").replace(b"/Width 24", b"/Width 23"),
    "no height at all": image_stream(RGB, b"/DeviceRGB", b"").replace(b"/Height 24", b"/Height 0"),
    "another filter": image_stream(RGB, b"/DeviceRGB", b"").replace(b"/Flate", b"/LZW"),
    "no image": b"<< /Subtype /Image >>",
    "transparency in colour": image_stream(RGB, b"/DeviceRGB", b"/SMask 40 0 R"),
    "transparency of another size": image_stream(RGB, b"/DeviceRGB", b"/SMask 41 0 R"),
    "damaged": stream(
        b"xx",
        b"/Subtype /Image /Width 24 /Height 24 /ColorSpace /DeviceRGB /BitsPerComponent 8"
        b" /Filter /FlateDecode",
    ),
}
MASKS = {
    40: image_stream(RGB, b"/DeviceRGB", b""),
    41: image_stream(picture().getchannel("A").resize((9, 9)), b"/DeviceGray", b""),
}


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_that_cannot_be_compared_is_unclear(name: str) -> None:
    assert shown(extra={8: IMAGES[name], **MASKS}) == Code.APPEARANCE_UNCLEAR


def test_an_image_without_transparency_is_compared_as_opaque() -> None:
    assert shown(extra={8: image_stream(RGB, b"/DeviceRGB", b"")}) == Code.APPEARANCE_DIFFERS


def test_an_image_that_is_not_packed_is_compared() -> None:
    plain = stream(
        RGB.tobytes(),
        b"/Subtype /Image /Width 24 /Height 24 /ColorSpace /DeviceRGB /BitsPerComponent 8"
        b" /SMask 9 0 R",
    )
    assert shown(extra={8: plain}) == Code.APPEARANCE_MATCHES


def test_a_grey_seal_is_compared() -> None:
    grey = Image.new("L", (PIXELS, PIXELS), 90)
    seal = new_seal(PEOPLE.maker, PEOPLE.signer, picture=png(grey))
    how = replace(sealing(PEOPLE, seal=seal), extra={8: image_stream(grey, b"/DeviceGray", b"")})
    report = report_on(sign(document(), how))
    assert code_of(report, CheckName.APPEARANCE) == Code.APPEARANCE_MATCHES


@pytest.mark.parametrize("content", [b"not a picture", png()[:60]])
def test_a_stored_picture_that_cannot_be_read_is_unclear(content: bytes) -> None:
    seal = new_seal(PEOPLE.maker, PEOPLE.signer, picture=content)
    report = report_on(sign(document(), sealing(PEOPLE, seal=seal)))
    assert code_of(report, CheckName.APPEARANCE) == Code.APPEARANCE_UNCLEAR


def test_a_picture_over_the_limit_is_unclear() -> None:
    few = replace(DEFAULT_LIMITS, picture_pixels=10)
    report = report_on(sealed(), limits=few)
    assert code_of(report, CheckName.APPEARANCE) == Code.APPEARANCE_UNCLEAR
    large = new_seal(PEOPLE.maker, PEOPLE.signer, picture=png(Image.new("RGBA", (99, 99))))
    some = replace(DEFAULT_LIMITS, picture_pixels=PIXELS * PIXELS)
    report = report_on(sign(document(), sealing(PEOPLE, seal=large)), limits=some)
    assert code_of(report, CheckName.APPEARANCE) == Code.APPEARANCE_UNCLEAR


@pytest.mark.parametrize("widget", [b"/MK << >>", b"/OC << >>", b"/BS << >>"])
def test_a_widget_that_is_altered_when_drawn_is_unclear(widget: bytes) -> None:
    assert shown(widget=widget) == Code.APPEARANCE_UNCLEAR


def test_a_page_with_units_of_its_own_is_unclear() -> None:
    report = report_on(sign(document(page=b"/UserUnit 2"), sealing(PEOPLE)))
    assert code_of(report, CheckName.APPEARANCE) == Code.APPEARANCE_UNCLEAR


def test_the_makers_key_is_no_signers_key() -> None:
    how = Field(value=lambda signed: ses_value(PEOPLE, signed, signer=PEOPLE.maker))
    assert report_on(sign(document(), how)).indication is Indication.TOTAL_FAILED


def test_the_fake_seal_is_what_it_seems() -> None:
    assert PEOPLE.seal.picture == SealPicture("PNG", png(), 40, 40)
    assert new_root().certificate.is_ca
    assert flate(b"x")
    assert timedelta(days=1) == DAY
