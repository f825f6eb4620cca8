"""Anchors that count for some things only, and seals that nobody here gave leave to make."""

import json
from collections.abc import Callable
from dataclasses import replace

from cryptography import x509

from tests.fakes.ocsp import OCSP_SIGNING, Answer, Ocsp, extensions
from tests.fakes.pdf_documents import stream
from tests.fakes.signature_values import Cms, Token
from tests.fakes.signed_documents import sealing, sign
from tests.fakes.sm2_people import DAY, NOW, Person, new_seal, world
from tests.vectors.cases import PASSED, Case, Expected, Family, failed, unsure
from tests.vectors.starting_points import (
    base,
    genuine,
    signed_by_cms,
    stamped,
    with_field,
    with_people,
    with_seal,
)
from tests.vectors.trust import TYPE

NO_CHAIN = unsure("NO_CERTIFICATE_CHAIN_FOUND")
DOUBTFUL = unsure("SIG_CONSTRAINTS_FAILURE")
UNFIT = failed("SIG_CONSTRAINTS_FAILURE")
OTHER_USE = unsure("CHAIN_CONSTRAINTS_FAILURE")
REVOKED = failed("REVOKED")
UNKNOWN = unsure("TRY_LATER")
DEFAULT, STRICT = "qianyin-default", "qianyin-strict"
NAMED, OTHERS = ("root with its maker",), ("root with another maker",)


def _ocsp(*responses: Ocsp, crls: tuple[bytes, ...] = ()) -> bytes:
    """A seal whose file carries these answers, and no lists but these."""
    kinds = {
        b"OCSPs": tuple(one.der() for one in responses),
        b"Certs": world().certificates,
        b"CRLs": crls,
    }
    extra: dict[int, bytes] = {}
    store = b""
    for kind, values in kinds.items():
        numbers = range(80 + len(extra), 80 + len(extra) + len(values))
        extra |= {at: stream(one) for at, one in zip(numbers, values, strict=True)}
        store += b"/%s [%s] " % (kind, b" ".join(b"%d 0 R" % one for one in numbers))
    catalog = b"/DSS << /Type /DSS %s >>" % store
    return with_field(dss=(), crls=(), catalog=catalog, extra=extra)


def _own_seal(maker: Person, signer: Person) -> bytes:
    """A seal in the authority's name that these two made for themselves."""
    return with_people(signer, maker, seal=new_seal(maker, signer))


def _same_key() -> bytes:
    stranger = world().ca.issue("Stranger")
    return _own_seal(world().ca.issue("Stranger, as maker", signer=stranger.signer), stranger)


def _same_name() -> bytes:
    return _own_seal(world().ca.issue("Stranger"), world().ca.issue("Stranger"))


def _two_strangers() -> bytes:
    return _own_seal(world().ca.issue("Accomplice"), world().ca.issue("Stranger"))


def _made_by_signer_of_ours() -> bytes:
    return _own_seal(world().signer, world().ca.issue("Stranger"))


def _record(content: bytes) -> bytes:
    return sign(base(record=content), sealing(world())).data


def _of_type(code: object) -> bytes:
    return _record(json.dumps({"ZZLXDM": code}).encode())


def _two_records() -> bytes:
    """A second record that hides behind the first."""
    first, second = (json.dumps({"ZZLXDM": one}).encode() for one in (TYPE, f"{TYPE[:-1]}2"))
    more = {
        80: b"<< /Type /Filespec /UF (licence.json) /EF << /F 81 0 R >> >>",
        81: stream(second, b"/Type /EmbeddedFile"),
        6: b"<< /Names [(licence.json) 7 0 R (licence.json) 80 0 R] >>",
    }
    return sign(base(record=first), replace(sealing(world()), extra=more)).data


SCOPES: tuple[tuple[str, str, Callable[[], bytes], Expected, tuple[str, ...]], ...] = (
    ("seal-root-for-makers", "The root counts for seal makers, not for signers", lambda: with_seal(), NO_CHAIN, ("root for makers",)),
    ("seal-root-for-signers", "The root counts for signers, not for seal makers", lambda: with_seal(signed_at=NOW), NO_CHAIN, ("root for signers",)),
    ("cms-root-for-makers", "A CMS signer under a root for seal makers", lambda: signed_by_cms(Cms()).data, NO_CHAIN, ("root for makers",)),
    ("stamp-root-for-seals", "A time-stamp under a root that counts for seals alone", lambda: with_seal(stamp=Token(world().tsa)), NO_CHAIN, ("root for seals",)),
    ("document-stamp-root-for-seals", "A document time-stamp under a root that counts for seals alone", lambda: stamped(genuine()).data, NO_CHAIN, ("root for seals",)),
    ("root-no-longer", "The root was trusted until yesterday", lambda: with_seal(signed_at=NOW), NO_CHAIN, ("root until yesterday",)),
    ("root-not-yet", "The root is trusted from tomorrow on", lambda: with_seal(signed_at=NOW), NO_CHAIN, ("root from tomorrow",)),
    ("type-of-another", "A licence of a type that the authority may not issue", lambda: _of_type(f"{TYPE[:-1]}2"), OTHER_USE, ("root for one type",)),
    ("type-of-nobody", "A licence of an authority that may issue none", lambda: _of_type(TYPE), OTHER_USE, ("root for no type",)),
    ("type-a-number", "The record's type is a number", lambda: _of_type(901), OTHER_USE, ("root for one type",)),
    ("type-missing", "The record names no type", lambda: _record(b"{}"), OTHER_USE, ("root for one type",)),
    ("type-twice", "The record names two types under one key", lambda: _record(b'{"ZZLXDM":"%s","ZZLXDM":"x"}' % TYPE.encode()), OTHER_USE, ("root for one type",)),
    ("record-twice", "Two records stand beside each other", _two_records, OTHER_USE, ("root for one type",)),
    ("record-junk", "The record is no JSON", lambda: _record(b"junk"), OTHER_USE, ("root for one type",)),
)  # fmt: skip


MAKERS: tuple[tuple[str, str, Callable[[], bytes], Expected, tuple[str, ...], str], ...] = (
    ("same-key", "The key that uses the seal made it, under two certificates", _same_key, UNFIT, ("root",), DEFAULT),
    ("same-key-named", "The same where the trust file names another maker", _same_key, UNFIT, NAMED, DEFAULT),
    ("same-body", "A body with two certificates made itself a seal in another's name", _same_name, DOUBTFUL, ("root",), DEFAULT),
    ("strangers", "Two bodies with signing certificates made a seal in a third one's name", _two_strangers, DOUBTFUL, NAMED, DEFAULT),
    ("strangers-strict", "The same under a root for everything, by the strict policy", _two_strangers, DOUBTFUL, ("root",), STRICT),
    ("signer-makes-seals", "An authority that may sign makes a seal for a stranger", _made_by_signer_of_ours, DOUBTFUL, NAMED, DEFAULT),
    ("maker-not-named", "A genuine seal, whose maker is not the one the trust file names", lambda: with_seal(signed_at=NOW), DOUBTFUL, OTHERS, DEFAULT),
    ("nobody-named-strict", "A genuine seal where nobody says who makes seals, by the strict policy", lambda: with_seal(signed_at=NOW), DOUBTFUL, ("root",), STRICT),
)  # fmt: skip


def _answers(**changes: object) -> tuple[Answer, ...]:
    people = world()
    return tuple(
        replace(Answer(one.certificate, people.ca.certificate), **changes)
        for one in (people.signer, people.maker)
    )


def _response(who: Person | None = None, **changes: object) -> Ocsp:
    return Ocsp(_answers(), who or world().ca).but(**changes)


def _of_root(**changes: object) -> Ocsp:
    people = world()
    answer = Answer(people.ca.certificate, people.root.certificate)
    return Ocsp((replace(answer, **changes),), people.root)


def _answered(response: Ocsp) -> bytes:
    """A seal for which this response and a good one about the CA are all there is."""
    return _ocsp(response, _of_root())


def _delegate(issuer: Person | None = None, **how: object) -> Person:
    purposes = {"purposes": (OCSP_SIGNING,), "more": ((x509.OCSPNoCheck(), False),)}
    return (issuer or world().ca).issue("Responder", **(purposes | how))


def _beside_lists(*responses: Ocsp) -> bytes:
    """Fresh lists that name nobody, and these responses."""
    return _ocsp(*responses, crls=world().crls())


OCSP: tuple[tuple[str, str, Callable[[], bytes], Expected], ...] = (
    ("revoked-signer", "The responder says that the signer was revoked", lambda: _answered(_response(answers=_answers(revoked_at=NOW - DAY))), REVOKED),
    ("revoked-beside-lists", "The responder says revoked, fresh lists say nothing", lambda: _beside_lists(_response(answers=_answers(revoked_at=NOW - DAY))), REVOKED),
    ("revoked-and-good", "Two responses, one of which says revoked", lambda: _ocsp(_response(), _response(answers=_answers(revoked_at=NOW - DAY)), _of_root()), REVOKED),
    ("revoked-ca", "The responder of the root says that the CA was revoked", lambda: _ocsp(_response(), _of_root(revoked_at=NOW - DAY)), REVOKED),
    ("revoked-stale", "Revoked in a response that is out of date", lambda: _answered(_response(produced_at=NOW - 40 * DAY, answers=_answers(revoked_at=NOW - 50 * DAY, this_update=NOW - 40 * DAY, next_update=NOW - 30 * DAY))), REVOKED),
    ("no-word", "No list and no response at all", lambda: _ocsp(_of_root()), UNKNOWN),
    ("unknown", "The responder does not know the signer", lambda: _answered(_response(answers=_answers(status=b"\x82\x00"))), UNKNOWN),
    ("not-successful", "The responder says to try later", lambda: _answered(_response(status=3)), UNKNOWN),
    ("stale", "The response is out of date", lambda: _answered(_response(produced_at=NOW - 40 * DAY, answers=_answers(this_update=NOW - 40 * DAY, next_update=NOW - 30 * DAY))), UNKNOWN),
    ("to-come", "The response is of tomorrow", lambda: _answered(_response(produced_at=NOW + DAY, answers=_answers(this_update=NOW + DAY))), UNKNOWN),
    ("key-of-another", "The response is signed with a stranger's key", lambda: _answered(_response(key=world("other").ca)), UNKNOWN),
    ("of-stranger", "A stranger answers for our CA", lambda: _answered(_response(world("other").ca)), UNKNOWN),
    ("signer-answers", "The signer answers for himself", lambda: _answered(_response(world().signer)), UNKNOWN),
    ("delegate-without-purpose", "The delegate's certificate is not for OCSP", lambda: _answered(_response(_delegate(purposes=()))), UNKNOWN),
    ("delegate-of-root", "The delegate is the root's, not the CA's", lambda: _answered(_response(_delegate(world().root))), UNKNOWN),
    ("delegate-of-stranger", "The delegate is certified by a stranger", lambda: _answered(_response(_delegate(world("other").ca))), UNKNOWN),
    ("delegate-expired", "The delegate's certificate had ended", lambda: _answered(_response(_delegate(end=NOW - 2 * DAY))), UNKNOWN),
    ("delegate-unchecked", "Nothing is known of the delegate", lambda: _answered(_response(_delegate(more=()))), UNKNOWN),
    ("other-serial", "The response is about another serial number", lambda: _answered(_response(answers=_answers(serial=4711))), UNKNOWN),
    ("other-issuer", "The response is about an issuer with another key", lambda: _answered(_response(answers=_answers(key_bits=b"\4" + bytes(64)))), UNKNOWN),
    ("critical-extension", "The response has a critical extension that nobody knows", lambda: _answered(_response(more=extensions("1.2.3.4", critical=True))), UNKNOWN),
    ("unused-bits", "The signature on the response claims unused bits", lambda: _answered(_response(unused_bits=b"\4")), UNKNOWN),
    ("value-zero", "The signature on the response is zeros", lambda: _answered(_response(signature=bytes(70))), UNKNOWN),
    ("other-type", "The response is of a type that nobody knows", lambda: _answered(_response(basic="1.2.3.4")), UNKNOWN),
)  # fmt: skip


GOOD = (
    Case("maker-named", "The trust file names the seal's maker", lambda: with_seal(signed_at=NOW), PASSED, trust=NAMED),
    Case("makers-authority-named", "The trust file names the CA above the seal's maker", lambda: with_seal(signed_at=NOW), PASSED, trust=("root with its authority",)),
    Case("root-for-seals", "The root counts for signers and seal makers only", lambda: with_seal(signed_at=NOW), PASSED, trust=("root for seals",)),
    Case("type-allowed", "The authority may issue this type", lambda: _of_type(TYPE), PASSED, trust=("root for one type",)),
    Case("ocsp-strict", "OCSP answers alone, by the strict policy", lambda: _answered(_response()), PASSED, trust=NAMED, policy=STRICT),
    Case("ocsp-delegate-strict", "The CA's delegate answers, by the strict policy", lambda: _answered(_response(_delegate())), PASSED, trust=NAMED, policy=STRICT),
)  # fmt: skip
"""For the family `good`: what the cases here would be if nothing were wrong with them."""

FAMILIES = (
    Family(
        "scopes",
        "Anchors that do not count for this: purpose, time, licence type",
        tuple(
            Case(name, why, build, expect, trust=trust)
            for name, why, build, expect, trust in SCOPES
        ),
    ),
    Family(
        "makers",
        "Seals made by somebody who may sign, but make no seals",
        tuple(
            Case(name, why, build, expect, trust=trust, policy=policy)
            for name, why, build, expect, trust, policy in MAKERS
        ),
    ),
    Family(
        "ocsp",
        "OCSP responses that say revoked, and forged ones that say good",
        tuple(
            Case(name, why, build, expect, trust=NAMED, policy=STRICT)
            for name, why, build, expect in OCSP
        ),
    ),
)
