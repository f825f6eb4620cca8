"""What has to agree with something else: locks with one another, records with pages, times, keys."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from tests.fakes.pdf_documents import Document, document, stream
from tests.fakes.signature_values import Cms, Token
from tests.fakes.signed_documents import sealed, sealing, sign
from tests.fakes.sm2_people import DAY, NOW, new_seal, world
from tests.vectors.cases import HASH, PASSED, Case, Expected, Family, failed, unsure
from tests.vectors.starting_points import (
    base,
    genuine,
    sealed_again,
    signed_by_cms,
    stamped,
    with_people,
    with_seal,
)
from tests.vectors.trust import DISTRUSTED_LATER, DISTRUSTED_SINCE

DOUBTFUL = unsure("SIG_CONSTRAINTS_FAILURE")
OUT_OF_BOUNDS = unsure("OUT_OF_BOUNDS_NO_POE")
NO_CHAIN = unsure("NO_CERTIFICATE_CHAIN_FOUND")
Row = tuple[str, str, Callable[[], bytes], Expected]


# Locks: a certification or a field's lock forbids, and two of them contradict

DOCMDP = b"<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /P %d /V /1.2 >> >>"
FIELDMDP = b"<< /Type /SigRef /TransformMethod /FieldMDP /TransformParams << %s /V /1.2 >> >>"
LOCK = b"/Lock << /Type /SigFieldLock %s >>"
ALL, ONLY_SECOND = b"/Action /All", b"/Action /Include /Fields [(Seal2)]"
BUT_AMOUNT = b"/Action /Exclude /Fields [(Amount)]"
AMOUNT = b"/Action /Include /Fields [(Amount)]"


def _locked(*references: bytes, widget: bytes = b"", certifies: bool = False) -> Document:
    first = base()
    more = b"/Reference [%s]" % b"".join(references) if references else b""
    perms = b"/Perms << /DocMDP %d 0 R >>" % first.free if certifies else b""
    return sign(first, replace(sealing(world()), more=more, widget=widget, catalog=perms))


def _unseen(first: Document, **changes: object) -> bytes:
    return sealed_again(first, rect=b"[0 0 0 0]", image=None, **changes).data


def _certified(permission: int, *more: bytes) -> Document:
    return _locked(DOCMDP % permission, *more, certifies=True)


LOCKS: tuple[Row, ...] = (
    ("all-locked", "All fields are locked by reference; another field is signed", lambda: sealed_again(_locked(FIELDMDP % ALL)).data, HASH),
    ("second-locked", "The second field is locked by name; it is signed", lambda: sealed_again(_locked(FIELDMDP % ONLY_SECOND)).data, HASH),
    ("all-but-one-locked", "All fields but one are locked; another is signed", lambda: sealed_again(_locked(FIELDMDP % BUT_AMOUNT)).data, HASH),
    ("all-locked-by-field", "The field's own lock holds for all; another field is signed", lambda: sealed_again(_locked(widget=LOCK % ALL)).data, HASH),
    ("all-locked-unseen", "All fields are locked; an invisible seal follows", lambda: _unseen(_locked(FIELDMDP % ALL)), HASH),
    ("all-locked-then-cms", "All fields are locked; CMS follows", lambda: signed_by_cms(Cms(), on=_locked(FIELDMDP % ALL), name=b"Second").data, HASH),
    ("parent-locked", "A field is locked; one below it is signed", lambda: sealed_again(_locked(FIELDMDP % ONLY_SECOND), name=b"Seal2.below").data, HASH),
    ("permission-in-lock", "The field's lock allows no change; another seal follows", lambda: _unseen(_locked(widget=LOCK % (ALL + b" /P 1"))), HASH),
    ("strictest-counts", "One reference allows comments, the other nothing; a seal follows", lambda: _unseen(_certified(3, FIELDMDP % (AMOUNT + b" /P 1"))), HASH),
    ("contradiction", "The field asks for other locks than the signature sets", lambda: _locked(FIELDMDP % AMOUNT, widget=LOCK % ALL).data, DOUBTFUL),
    ("contradiction-of-names", "Field and signature lock different names", lambda: _locked(FIELDMDP % AMOUNT, widget=LOCK % ONLY_SECOND).data, DOUBTFUL),
    ("contradiction-then-seal", "Field and signature contradict, and another seal follows", lambda: _unseen(_locked(FIELDMDP % AMOUNT, widget=LOCK % ALL)), DOUBTFUL),
    ("certified-twice", "A second certification follows the first", lambda: _unseen(_certified(2), more=b"/Reference [%s]" % (DOCMDP % 2)), DOUBTFUL),
    ("certified-twice-wider", "A second certification allows more than the first", lambda: _unseen(_certified(2), more=b"/Reference [%s]" % (DOCMDP % 3)), DOUBTFUL),
    ("certified-thrice", "A third certification follows", lambda: _unseen(sealed_again(_certified(2), rect=b"[0 0 0 0]", image=None, more=b"/Reference [%s]" % (DOCMDP % 2)), name=b"Seal3", more=b"/Reference [%s]" % (DOCMDP % 2)), DOUBTFUL),
)  # fmt: skip


# Records: what machines read against what people read

URN = "urn:qianyin:gbt36903:1#"
PRINTED = {"ZZMC": "Licence", "ZZBH": "No.1", "CZZT": "ACME", "ZZBFJG": "Bureau"}
FONTS = b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
LINES = b"Licence No. 1 ACME Bureau"


def _packet(record: dict[str, str]) -> bytes:
    parts = "".join(f"<zz:{name}>{value}</zz:{name}>" for name, value in record.items())
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/" xmlns:rdf="rdf"><rdf:Description rdf:about=""'
        f' xmlns:zz="{URN}">{parts}</rdf:Description></x:xmpmeta>'
    ).encode()


def _licence(
    record: dict[str, str], packet: dict[str, str] | None = None, lines: bytes = LINES
) -> bytes:
    """A page that prints these lines, a record in it, and perhaps another in the metadata."""
    page = base(record=json.dumps(record).encode(), resources=FONTS)
    objects = {4: stream(b"BT /F1 9 Tf 9 9 Td (%s) Tj ET" % lines)}
    if packet is not None:
        objects[9] = stream(_packet(packet), b"/Type /Metadata /Subtype /XML")
    return sealed(base=page.update(objects)).data


def _but(**changes: str) -> dict[str, str]:
    return PRINTED | changes


RECORDS: tuple[Row, ...] = (
    ("another-title", "The page names another kind of licence than the record", lambda: _licence(_but(ZZMC="Permit")), DOUBTFUL),
    ("another-number", "The page has another number than the record", lambda: _licence(_but(ZZBH="No.2")), DOUBTFUL),
    ("another-holder", "The page names another holder than the record", lambda: _licence(_but(CZZT="ACME2")), DOUBTFUL),
    ("another-authority", "The page names another authority than the record", lambda: _licence(_but(ZZBFJG="Ministry")), DOUBTFUL),
    ("another-day", "The day of issue is not on the page", lambda: _licence(_but(ZZBFRQ="20260102")), DOUBTFUL),
    ("endless", "The record knows no last day, the page prints one", lambda: _licence(_but(ZZBFRQ="20260102", ZZYXQJZRQ="99991231")), DOUBTFUL),
    ("nothing-printed", "The page prints nothing of the record", lambda: _licence(PRINTED, lines=b""), DOUBTFUL),
    ("empty-number", "The record's number is empty", lambda: _licence(_but(ZZBH="")), DOUBTFUL),
    ("metadata-another-holder", "The metadata name another holder than the record", lambda: _licence(PRINTED, _but(CZZT="ACME2")), DOUBTFUL),
    ("metadata-lack-fields", "The metadata hold a part of the record", lambda: _licence(PRINTED, {"ZZBH": "No.1"}), DOUBTFUL),
    ("metadata-broken", "The record in the metadata cannot be read", lambda: _licence(PRINTED, _but(CZZT="<zz:CZZT>x</zz:CZZT>")), DOUBTFUL),
    ("both-not-printed", "Record and metadata agree, the page does not", lambda: _licence(_but(CZZT="ACME2"), _but(CZZT="ACME2")), DOUBTFUL),
)  # fmt: skip


# Bounds: what was in force when it claims to have been used, and is no longer

LATER = NOW + 20 * DAY


def _seal_until(end: datetime, **options: object) -> bytes:
    return with_seal(new_seal(world().maker, world().signer, end=end), **options)


def _maker_until(end: datetime, **options: object) -> bytes:
    return with_people(world().signer, world().ca.issue("Maker", end=end), **options)


SOON = NOW + 9 * DAY
BOUNDS: tuple[Row, ...] = (
    ("seal-ended", "The seal has ended since, and nothing proves an earlier use", lambda: _seal_until(SOON), OUT_OF_BOUNDS),
    ("seal-ended-stamp-of-stranger", "The seal has ended; a stranger's time-stamp says it was in force", lambda: _seal_until(SOON, stamp=Token(world("other").tsa)), NO_CHAIN),
    ("seal-ended-first-of-two", "The first of two seals has ended since", lambda: sealed_again(sealed(base=base(), seal=new_seal(world().maker, world().signer, end=SOON))).data, OUT_OF_BOUNDS),
    ("maker-ended", "The maker's certificate has ended since, and nothing proves an earlier use", lambda: _maker_until(SOON), OUT_OF_BOUNDS),
    ("maker-ended-stamp-of-stranger", "The maker's certificate has ended; a stranger's time-stamp says it had not", lambda: _maker_until(SOON, stamp=Token(world("other").tsa)), NO_CHAIN),
)  # fmt: skip
BOUNDS_GOOD = (
    Case("seal-ended-but-stamped", "The seal has ended since; a time-stamp proves it was in force", lambda: _seal_until(SOON, stamp=Token(world().tsa)), PASSED, at=LATER),
    Case("maker-ended-but-stamped", "The maker's certificate has ended since; a time-stamp proves it had not", lambda: _maker_until(SOON, stamp=Token(world().tsa)), PASSED, at=LATER),
)  # fmt: skip


# Distrust: whoever verifies knows that the signer's key was in other hands

REVOKED, NO_PROOF = failed("REVOKED"), unsure("REVOKED_NO_POE")
DISTRUST: tuple[tuple[str, str, Callable[[], bytes], Expected, str], ...] = (
    ("sealed-since", "The seal was used after its key was lost", lambda: with_seal(signed_at=NOW), REVOKED, DISTRUSTED_SINCE),
    ("cms-since", "CMS by a key that was lost before", lambda: signed_by_cms(Cms()).data, REVOKED, DISTRUSTED_SINCE),
    ("stamped-since", "The seal was used after its key was lost, as a time-stamp proves", lambda: with_seal(stamp=Token(world().tsa)), REVOKED, DISTRUSTED_SINCE),
    ("claims-earlier", "The thief of a key claims a time before it was lost", lambda: with_seal(signed_at=NOW), NO_PROOF, DISTRUSTED_LATER),
    ("cms-claims-earlier", "The thief of a key claims so in CMS", lambda: signed_by_cms(Cms()).data, NO_PROOF, DISTRUSTED_LATER),
    ("stranger-stamps-earlier", "A stranger's time-stamp says it was before the key was lost", lambda: with_seal(stamp=Token(world("other").tsa)), NO_CHAIN, DISTRUSTED_LATER),
)  # fmt: skip
DISTRUST_GOOD = (
    Case("before-the-key-was-lost", "The seal was used before its key was lost, as a time-stamp proves", lambda: with_seal(stamp=Token(world().tsa)), PASSED, at=NOW + 2 * DAY, trust=("root", DISTRUSTED_LATER)),
    Case("before-the-key-was-lost-document", "The same, proven by a document time-stamp", lambda: stamped(genuine()).data, PASSED, at=NOW + 2 * DAY, trust=("root", DISTRUSTED_LATER)),
)  # fmt: skip


def _entangled() -> bytes:
    """Every object names the next two: more paths than anybody can follow, then an update.

    The zeros use up the steps soon, for they are counted like references and cost less.
    """
    zeros = b"0 " * 500
    web = {n: b"[%d 0 R %d 0 R %s]" % (n + 1, n + 2, zeros) for n in range(100, 140)}
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /PieceInfo 100 0 R >>"
    )
    made = document({3: page, **web, 140: b"[]", 141: b"[]"})
    return sealed(base=made).update({300: b"<< >>"}).data


ENTANGLED: Row = (
    "entangled",
    "Objects refer to one another in more ways than anybody can follow",
    _entangled,
    DOUBTFUL,
)

GOOD = (*BOUNDS_GOOD, *DISTRUST_GOOD)
"""For the family `good`: what the cases here would be if everything agreed."""


def _family(name: str, about: str, rows: tuple[Row, ...], at: datetime = NOW) -> Family:
    return Family(name, about, tuple(Case(*row, at=at) for row in rows))


FAMILIES = (
    _family(
        "locks",
        "Locks that are not kept, or contradict, and certifications of the certified",
        (*LOCKS, ENTANGLED),
    ),
    _family("records", "The record for machines is not what the page prints", RECORDS),
    _family("bounds", "In force when it claims to have been used, and no longer", BOUNDS, LATER),
    Family(
        "distrust",
        "Signed by a key that is known to have been lost",
        tuple(
            Case(id, why, build, expect, at=NOW + 2 * DAY, trust=("root", word))
            for id, why, build, expect, word in DISTRUST
        ),
    ),
)
