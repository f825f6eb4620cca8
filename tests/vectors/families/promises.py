"""What a signature promises beside its bytes: locks, its picture, a page without actions."""

from collections.abc import Callable
from dataclasses import replace

from keystore import sm3
from tests.fakes.pdf_documents import Document, stream
from tests.fakes.signature_values import GM, Cms, Token
from tests.fakes.signed_documents import sealed, sealing, sign
from tests.fakes.sm2_people import DAY, NOW, new_seal, picture, world
from tests.vectors.cases import CRYPTO, FORMAT, HASH, Case, Expected, Family, failed, unsure
from tests.vectors.starting_points import (
    CADES,
    FORM,
    RED,
    STAMP,
    base,
    cms_field,
    genuine,
    genuine_cms,
    replaced,
    sealed_again,
    signed_by_cms,
    stamped,
    with_field,
    with_people,
)

UNFIT = failed("SIG_CONSTRAINTS_FAILURE")
DOUBTFUL = unsure("SIG_CONSTRAINTS_FAILURE")
NO_CHAIN = unsure("NO_CERTIFICATE_CHAIN_FOUND")
Row = tuple[str, str, Callable[[], bytes], Expected]

RED_FORM = stream(
    b"1 0 0 rg 0 0 220 220 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 220 220]"
)


# Certification attacks: evil annotation, sneaky signature, locks that are not kept


def _reference(method: bytes, parameters: bytes) -> bytes:
    return (
        b"/Reference [<< /Type /SigRef /TransformMethod /%s /TransformParams"
        b" << /Type /TransformParams %s /V /1.2 >> >>]" % (method, parameters)
    )


def _certified(more: bytes, *, by_cms: bool = False) -> Document:
    first = base()
    perms = b"/Perms << /DocMDP %d 0 R >>" % first.free
    how = cms_field(Cms()) if by_cms else sealing(world())
    return sign(first, replace(how, more=more, catalog=perms))


def _docmdp(permission: int, **how: bool) -> Document:
    return _certified(_reference(b"DocMDP", b"/P %d" % permission), **how)


def _annotated(signed: Document, body: bytes) -> bytes:
    """A later revision with an annotation (evil annotation attack)."""
    at = signed.free
    page = signed.objects[3]
    annots = page[page.index(b"/Annots [") :]
    more = replaced(page, annots, annots.replace(b"]", b" %d 0 R]" % at, 1))
    made = b"<< /Type /Annot /Rect [9 9 300 300] /F 4 /AP << /N %d 0 R >> " % (at + 1)
    return signed.update({3: more, at: made + body + b" >>", at + 1: FORM}).data


def _painting(
    signed: Document, entries: bytes, value: Callable[[bytes], bytes], **how: object
) -> bytes:
    """A later signature that draws what it likes (sneaky signature attack)."""
    drawn = signed.free + 20
    second = cms_field(
        Cms(),
        value=value,
        name=b"Second",
        entries=entries,
        rect=b"[50 500 270 720]",
        widget=b"/AP << /N %d 0 R >>" % drawn,
        extra={drawn: RED_FORM},
    )
    return sign(signed, replace(second, **how)).data


def _by_signer(signed: bytes) -> bytes:
    return Cms().over(signed, world().signer)


def _by_stranger(signed: bytes) -> bytes:
    return Cms().over(signed, world("other").signer)


def _filled(signed: Document) -> bytes:
    return signed.update({20: TEXT.replace(b"(1)", b"(1000)")}).data


TEXT = b"<< /FT /Tx /T (Amount) /V (1) >>"


def _with_form(more: bytes) -> Document:
    """A form with a text field, sealed with a lock."""
    one = base(catalog=b"/AcroForm << /SigFlags 3 /Fields [20 0 R] >>").update({20: TEXT})
    return sign(one, replace(sealing(world()), more=more))


CERTIFIED: tuple[Row, ...] = (
    ("p1-then-seal", "No changes are allowed; a second seal follows", lambda: sealed_again(_docmdp(1)).data, HASH),
    ("p1-then-invisible", "No changes are allowed; an invisible seal follows", lambda: sealed_again(_docmdp(1), rect=b"[0 0 0 0]", image=None).data, HASH),
    ("p2-then-visible", "Signing is allowed; a new visible field is more", lambda: sealed_again(_docmdp(2)).data, HASH),
    ("p2-then-annotation", "Signing is allowed; a stamp is added", lambda: _annotated(_docmdp(2), b"/Subtype /Stamp"), HASH),
    ("p3-then-stamp", "Comments are allowed; a stamp covers the page", lambda: _annotated(_docmdp(3), b"/Subtype /Stamp"), HASH),
    ("p3-then-free-text", "Comments are allowed; text is written over the page", lambda: _annotated(_docmdp(3), b"/Subtype /FreeText /DA (/Helv 9 Tf)"), HASH),
    ("p3-then-redaction", "Comments are allowed; a redaction hides the page", lambda: _annotated(_docmdp(3), b"/Subtype /Redact"), HASH),
    ("p3-then-highlight", "Comments are allowed; a highlight with a picture of its own", lambda: _annotated(_docmdp(3), b"/Subtype /Highlight"), HASH),
    ("p3-then-file", "Comments are allowed; a file is attached", lambda: _annotated(_docmdp(3), b"/Subtype /FileAttachment /FS 7 0 R"), HASH),
    ("cms-p3-then-stamp", "The same certified by CMS", lambda: _annotated(_docmdp(3, by_cms=True), b"/Subtype /Stamp"), HASH),
    ("cms-p2-then-annotation", "Signing is allowed by CMS; a stamp is added", lambda: _annotated(_docmdp(2, by_cms=True), b"/Subtype /Stamp"), HASH),
    ("sneaky-by-stranger", "A stranger signs later and paints over the page", lambda: _painting(_docmdp(2), CADES, _by_stranger), HASH),
    ("sneaky-by-signer", "The signer himself signs later and paints over the page", lambda: _painting(_docmdp(2), CADES, _by_signer), HASH),
    ("sneaky-stamp", "A time-stamp that anybody gets paints over the page", lambda: _painting(_docmdp(3), STAMP, Token(world().tsa).over), HASH),
    ("sneaky-uncertified", "A later signature without a seal paints over a sealed page", lambda: _painting(genuine(), CADES, _by_signer), DOUBTFUL),
    ("sneaky-stamp-uncertified", "A time-stamp paints over a sealed page", lambda: _painting(genuine(), STAMP, Token(world().tsa).over), DOUBTFUL),
    ("sneaky-large", "A later signature covers the whole page", lambda: _painting(genuine(), CADES, _by_signer, rect=b"[0 0 595 842]"), HASH),
    ("unknown-permission", "A certification with a permission nobody knows", lambda: sealed_again(_docmdp(7), rect=b"[0 0 0 0]", image=None).data, DOUBTFUL),
    ("unknown-method", "A lock of an unknown kind", lambda: sealed_again(_certified(_reference(b"Unknown", b"/P 2"))).data, DOUBTFUL),
    ("field-lock-all", "All fields are locked; one is filled", lambda: _filled(_with_form(_reference(b"FieldMDP", b"/Action /All"))), HASH),
    ("field-lock-this", "This field is locked; it is filled", lambda: _filled(_with_form(_reference(b"FieldMDP", b"/Action /Include /Fields [(Amount)]"))), HASH),
    ("field-no-lock", "No field is locked; one is filled all the same", lambda: _filled(_with_form(b"")), HASH),
    ("certification-second", "A certification that is not the first signature", lambda: sealed_again(genuine(), more=_reference(b"DocMDP", b"/P 1"), catalog=b"/Perms << /DocMDP %d 0 R >>" % genuine().free).data, HASH),
)  # fmt: skip


# The seal as it is seen


SHOWN: tuple[Row, ...] = (
    ("another-picture", "The page shows another picture than the seal's", lambda: with_field(image=picture((0, 0, 200))), UNFIT),
    ("almost-the-picture", "One shade of the picture differs", lambda: with_field(image=picture((200, 40, 0))), UNFIT),
    ("no-appearance", "The widget shows nothing of its own", lambda: with_field(image=None), DOUBTFUL),
    ("twice-as-large", "The seal is shown larger than it is", lambda: with_field(rect=b"[100 100 400 400]"), UNFIT),
    ("somewhat-larger", "The seal is shown four millimetres larger", lambda: with_field(rect=b"[100 100 225 225]"), UNFIT),
    ("stretched", "The seal is shown wider than high", lambda: with_field(rect=b"[100 100 300 213.386]"), UNFIT),
    ("layered", "The seal belongs to a layer", lambda: with_field(widget=b"/OC 5 0 R"), DOUBTFUL),
    ("captioned", "The seal's widget has a caption", lambda: with_field(widget=b"/MK << /CA (x) >>"), DOUBTFUL),
    ("bordered", "The seal's widget has a border", lambda: with_field(widget=b"/BS << /W 9 >>"), DOUBTFUL),
    ("acting", "The seal's widget has actions", lambda: with_field(widget=b"/AA << >>"), DOUBTFUL),
    ("not-in-form", "The field is not in the form", lambda: with_field(in_form=False), FORMAT),
    ("user-unit", "The page is measured in units of its own", lambda: _on(base(page=b"/UserUnit 3")), DOUBTFUL),
    ("second-shows-first", "The second seal shows a picture that is not its own", lambda: sealed_again(genuine(), image=picture((0, 0, 200))).data, UNFIT),
)  # fmt: skip


def _on(prepared: Document) -> bytes:
    return sealed(base=prepared).data


# Content that is not the same for everybody, already when it was sealed

SCRIPT = b"<< /S /JavaScript /JS (x) >>"
ACTIVE_FORM = b"/AcroForm << /Fields [] /SigFlags 3 %s >>"


def _catalog(entry: bytes) -> Callable[[], bytes]:
    return lambda: _on(base(catalog=entry))


def _page(entry: bytes) -> Callable[[], bytes]:
    return lambda: _on(base(page=entry))


def _annotation(body: bytes) -> Callable[[], bytes]:
    made = b"<< /Type /Annot /Rect [0 0 99 99] %s >>" % body
    return lambda: _on(base(page=b"/Annots [20 0 R]").update({20: made}))


ACTIVE: tuple[Row, ...] = (
    ("open-action", "A script runs on opening", _catalog(b"/OpenAction %s" % SCRIPT), DOUBTFUL),
    ("chained-action", "A destination is followed by a script", _catalog(b"/OpenAction << /S /GoTo /D [3 0 R /Fit] /Next %s >>" % SCRIPT), DOUBTFUL),
    ("catalog-actions", "Scripts run on saving and printing", _catalog(b"/AA << /WP %s >>" % SCRIPT), DOUBTFUL),
    ("layers", "Layers show one thing or another", _catalog(b"/OCProperties << /OCGs [] /D << >> >>"), DOUBTFUL),
    ("portfolio", "A portfolio stands in the page's place", _catalog(b"/Collection << >>"), DOUBTFUL),
    ("xfa", "A dynamic form stands in the page's place", _catalog(ACTIVE_FORM % b"/XFA 4 0 R"), DOUBTFUL),
    ("need-appearances", "Readers draw the form's values anew", _catalog(ACTIVE_FORM % b"/NeedAppearances true"), DOUBTFUL),
    ("page-action", "A script runs when the page is shown", _page(b"/AA << /O %s >>" % SCRIPT), DOUBTFUL),
    ("launch", "A click starts a program", _annotation(b"/Subtype /Link /A << /S /Launch /F (x) >>"), DOUBTFUL),
    ("submit", "A click sends the form away", _annotation(b"/Subtype /Link /A << /S /SubmitForm >>"), DOUBTFUL),
    ("remote", "A click opens another file", _annotation(b"/Subtype /Link /A << /S /GoToR /F (x) >>"), DOUBTFUL),
    ("movie", "A movie plays on the page", _annotation(b"/Subtype /Movie"), DOUBTFUL),
    ("rich-media", "Rich media play on the page", _annotation(b"/Subtype /RichMedia"), DOUBTFUL),
    ("three-dimensions", "A model that can be turned", _annotation(b"/Subtype /3D"), DOUBTFUL),
)  # fmt: skip


# Two attacks at once, and the second of two signatures


def _seal_and(change: Callable[[Document], Document | bytes]) -> bytes:
    made = change(genuine())
    return made.data if isinstance(made, Document) else made


def _painted(signed: Document) -> Document:
    return signed.update({4: RED})


def _other_seal(**how: object) -> object:
    return sealing(world(), **how).value


COMBINED: tuple[Row, ...] = (
    ("changed-then-stranger", "The page is painted over, and a stranger signs that", lambda: signed_by_cms(Cms(), world("other").signer, on=_painted(genuine()), name=b"S").data, HASH),
    ("changed-then-signer", "The page is painted over, and the signer signs that", lambda: signed_by_cms(Cms(), on=_painted(genuine()), name=b"S").data, HASH),
    ("changed-then-gm", "The page is painted over, and GM CMS covers it", lambda: signed_by_cms(GM, on=_painted(genuine()), name=b"S").data, HASH),
    ("cms-changed-then-seal", "The page is painted over under CMS, and a seal covers it", lambda: sealed_again(_painted(genuine_cms())).data, HASH),
    ("changed-after-two", "The page is painted over after two seals", lambda: _painted(sealed_again(genuine())).data, HASH),
    ("changed-then-back", "The page is painted over and put back as it was", lambda: _painted(genuine()).update({4: genuine().objects[4]}).data, HASH),
    ("forged-seal-and-change", "The value is another key's, and the page is painted over", lambda: _painted(sealed(base=base(), key=world().maker)).data, HASH),
    ("forged-second", "The second seal's value is another key's", lambda: sealed_again(genuine(), value=_other_seal(key=world().maker)).data, CRYPTO),
    ("forged-first", "The first seal's value is another key's, the second is good", lambda: sealed_again(sealed(base=base(), key=world().maker)).data, CRYPTO),
    ("second-unlisted", "The second seal is used by somebody it does not list", lambda: sealed_again(genuine(), value=_other_seal(signer=world().ca.issue("Stranger"))).data, UNFIT),
    ("second-out-of-force", "The second seal is out of force", lambda: sealed_again(genuine(), value=_other_seal(seal=new_seal(world().maker, world().signer, end=NOW - DAY))).data, UNFIT),
    ("second-range-lies", "The second seal's ByteRange leaves a byte out", lambda: sealed_again(genuine(), byte_range=lambda a, b, c: b"[0 %d %d %d]" % (a, b + 1, c - 1)).data, FORMAT),
    ("second-padding", "The second seal's padding holds another text", lambda: sealed_again(genuine(), contents=lambda d: b"<" + d[:-12] + b"414243444546>").data, FORMAT),
    ("second-key-twice", "The second signature dictionary has a key twice", lambda: sealed_again(genuine(), more=b"/ByteRange [0 1 2 3]").data, HASH),
    ("second-cms-stranger", "A stranger's CMS follows a good seal", lambda: signed_by_cms(Cms(), world("other").signer, on=genuine(), name=b"S").data, NO_CHAIN),
    ("second-cms-digest", "CMS over other bytes follows a good seal", lambda: signed_by_cms(Cms(stated_digest=sm3(b"x")), on=genuine(), name=b"S").data, HASH),
    ("seal-moved-and-stamped", "The seal is moved, and a time-stamp covers it", lambda: stamped(_moved()).data, HASH),
    ("backdated-and-stamped", "A backdated seal with a time-stamp of today", lambda: _backdated_and_stamped(), failed("EXPIRED")),
    ("value-swapped", "Two seals exchange their values", lambda: _swapped(), HASH),
    ("stranger-and-change", "A stranger's seal, and the page is painted over", lambda: _painted(sealed(world("other"), base())).data, HASH),
    ("hidden-second", "The second field hides behind a name that readers take for the first's", lambda: sealed_again(genuine(), name=b"Seal1").data, HASH),
)  # fmt: skip


def _moved() -> Document:
    signed = genuine()
    widget = next(n for n, body in signed.objects.items() if b"/Subtype /Widget" in body)
    return signed.update({widget: replaced(signed.objects[widget], b"[100 100", b"[200 100")})


def _backdated_and_stamped() -> bytes:
    person = world().ca.issue("Somebody", start=NOW - 90 * DAY, end=NOW - 80 * DAY)
    seal = new_seal(world().maker, person, created=NOW - 95 * DAY, start=NOW - 95 * DAY)
    return with_people(person, seal=seal, signed_at=NOW - 85 * DAY, stamp=Token(world().tsa))


def _swapped() -> bytes:
    """The bytes of the two values change places."""
    data = sealed_again(genuine()).data
    places = []
    at = 0
    while (at := data.find(b"/Contents <", at)) >= 0:
        places.append(at + len(b"/Contents <"))
        at += 1
    first, second = places
    size = data.index(b">", first) - first
    one, other = data[first : first + size], data[second : second + size]
    out = data[:first] + other + data[first + size : second] + one + data[second + size :]
    return out


def _cases(rows: tuple[Row, ...]) -> tuple[Case, ...]:
    return tuple(Case(id, why, build, expect) for id, why, build, expect in rows)


FAMILIES = (
    Family(
        "certification",
        "Certification attacks: annotations and signatures that a lock does not allow, or that paint",
        _cases(CERTIFIED),
    ),
    Family("appearance", "The seal that is seen is not the seal that signed", _cases(SHOWN)),
    Family(
        "active-content",
        "The page was not the same for everybody when it was sealed",
        _cases(ACTIVE),
    ),
    Family(
        "combinations", "Two attacks at once, or on the second of two signatures", _cases(COMBINED)
    ),
)
