"""Gathers the facts behind a report, from what the checks have already found out."""

import platform
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import cache, lru_cache
from importlib.metadata import version
from itertools import pairwise

import pikepdf

from keystore import Certificate, OcspResponse, RevocationList, sm3
from verify.anchor_rules import Purpose
from verify.cms_value import digest_name
from verify.diagnosing_ocsp import answers_about, response_facts
from verify.diagnosis import (
    CertificateFacts,
    Diagnosis,
    OcspAnswerFacts,
    OcspResponseFacts,
    RevocationListFacts,
    SignatureFacts,
)
from verify.evidence import is_issued_by
from verify.limits import Limits
from verify.paths import Path
from verify.policy import VerificationPolicy
from verify.policy_content import policy_content, policy_sm3
from verify.revocation_words import Inquiry
from verify.shown_text import shown_text
from verify.subject import Subject
from verify.times import Times
from verify.timestamps import TokenFacts
from verify.upload import ReadablePdf

__all__ = ["diagnose"]

SHOWN_LIST_BYTES = 256 * 1024
"""A revocation list that is larger is named by its SM3 alone."""
_CACHED_CERTIFICATES = 512
_CACHED_LIMITS = 8
_CACHED_LISTS = 64
_NUMBERS = 4
_LIBRARIES = ("qianyin", "cryptography", "pikepdf", "pyhanko")

Chain = tuple[Certificate, ...]
Link = tuple[Certificate, Certificate]


def diagnose(
    readable: ReadablePdf, subjects: Iterable[Subject], policy: VerificationPolicy
) -> Diagnosis:
    """Return the facts; nothing is verified again, and nothing here changes a verdict."""
    certificates: dict[Certificate, None] = {}
    lists: dict[bytes, RevocationList] = {}
    responses: dict[bytes, OcspResponseFacts] = {}
    signatures = []
    for subject in subjects:
        chains = _chains(subject)
        used = list(_used_lists(subject, chains))
        answers = list(_answers(subject))
        certificates |= dict.fromkeys(one for chain in chains for one in chain)
        lists |= {one.der: one for one in used}
        responses |= {one.der: _response(one, subject, chains) for one, _ in answers}
        signatures.append(_signature(subject, used, tuple(fact for _, fact in answers)))
    return Diagnosis(
        file_bytes=len(readable.data),
        fault=readable.fault,
        revisions=_revisions(readable),
        signatures=tuple(signatures),
        certificates=tuple(_certificate(one) for one in certificates),
        revocation_lists=tuple(_list(one) for one in lists.values()),
        ocsp_responses=tuple(responses.values()),
        policy=policy_content(policy),
        policy_sm3=policy_sm3(policy),
        limits=_limits(readable.limits),
        versions=_versions(),
    )


@lru_cache(maxsize=_CACHED_LIMITS)
def _limits(limits: Limits) -> dict[str, int]:
    return asdict(limits)


@cache
def _versions() -> dict[str, str]:
    found = {name: version(name) for name in _LIBRARIES}
    return {**found, "qpdf": pikepdf.__libqpdf_version__, "python": platform.python_version()}


def _revisions(readable: ReadablePdf) -> tuple[int, ...]:
    structure = readable.structure
    return () if structure is None else tuple(reversed(structure.offsets))


def _signature(
    subject: Subject, used: list[RevocationList], answers: tuple[OcspAnswerFacts, ...]
) -> SignatureFacts:
    contents = subject.contents
    revision = subject.signed.revision
    return SignatureFacts(
        byte_range=_byte_range(subject),
        revision=None if revision is None else len(revision.sections),
        contents_bytes=None if contents is None else len(contents.value),
        contents_sm3=None if contents is None else sm3(contents.value).hex(),
        digests={name: subject.digest(name).hex() for name in _digest_names(subject)},
        content_type=None if subject.cms is None else subject.cms.content_type,
        algorithms=tuple(_algorithms(subject)),
        claimed_at=subject.claimed,
        proven_at=subject.proven,
        chains=tuple(_named(one) for one in _signer_chains(subject)),
        maker_chain=_named(_maker_chain(subject)),
        authority_chain=_named(_authority_chain(subject)),
        revocation_lists=tuple(_sm3_of_list(one.der) for one in used),
        ocsp_answers=answers,
    )


def _byte_range(subject: Subject) -> tuple[int, int, int, int] | None:
    dictionary = subject.found.dictionary
    numbers = None if dictionary is None else dictionary.get(b"ByteRange")
    if not isinstance(numbers, list):
        return None
    if len(numbers) != _NUMBERS or not all(type(one) is int for one in numbers):
        return None
    first, second, third, fourth = numbers
    return first, second, third, fourth


def _digest_names(subject: Subject) -> list[str]:
    if subject.container is None or subject.signed.revision is None:
        return []
    if subject.cms is None:
        return ["sm3"]
    names = (digest_name(one) for one in subject.cms.signers)
    return list(dict.fromkeys(one for one in names if one is not None))


def _algorithms(subject: Subject) -> Iterator[str]:
    if subject.container is not None and subject.container.seal is not None:
        yield subject.container.seal.algorithm
        yield subject.container.seal.seal.algorithm
    if subject.cms is not None:
        yield from (one.signature_algorithm for one in subject.cms.signers)


def _chains(subject: Subject) -> tuple[Chain, ...]:
    found = (*_signer_chains(subject), _maker_chain(subject), _authority_chain(subject))
    return tuple(one for one in found if one)


def _signer_chains(subject: Subject) -> tuple[Chain, ...]:
    found = (one for one in subject.certificates if one is not None)
    searches = zip(found, subject.paths, strict=True)
    return tuple(_chain(one, search.path) for one, search in searches)


def _maker_chain(subject: Subject) -> Chain:
    if subject.container is None or subject.container.seal is None:
        return ()
    maker = subject.container.seal.seal.maker
    return _chain(maker, subject.path_of(maker, Purpose.MAKERS).path)


def _authority_chain(subject: Subject) -> Chain:
    if not isinstance(subject.token, TokenFacts):
        return ()
    path = subject.authority_path(subject.token)
    return (subject.token.certificate,) if path is None else path.certificates


def _chain(certificate: Certificate, path: Path | None) -> Chain:
    return (certificate,) if path is None else path.certificates


def _used_lists(subject: Subject, chains: tuple[Chain, ...]) -> Iterator[RevocationList]:
    """Yield the lists that an authority of a chain signed; a lone certificate has none."""
    links: dict[bytes, set[Certificate]] = {}
    for child, issuer in (pair for chain in chains for pair in pairwise(chain)):
        links.setdefault(child.issuer_der, set()).add(issuer)
    signer_id = subject.demands.policy.signer_id
    seen: set[bytes] = set()
    for one in subject.evidence.revocation_lists:
        issuers = links.get(one.issuer_der, ())
        if one.der not in seen and any(is_issued_by(one, by, signer_id) for by in issuers):
            seen.add(one.der)
            yield one


def _answers(subject: Subject) -> Iterator[tuple[OcspResponse, OcspAnswerFacts]]:
    """Yield what is said of the chains' certificates, each by the times it is judged by."""
    for (child, issuer), times in _links(subject).items():
        inquiry = Inquiry(subject.evidence, times, subject.demands.policy)
        yield from answers_about(inquiry, child, issuer)


def _links(subject: Subject) -> dict[Link, Times]:
    own = (*_signer_chains(subject), _maker_chain(subject))
    links = {pair: subject.times for chain in own for pair in pairwise(chain)}
    if isinstance(subject.token, TokenFacts):
        times = Times(subject.token.time, None, subject.demands.at)
        links = dict.fromkeys(pairwise(_authority_chain(subject)), times) | links
    return links


def _response(
    response: OcspResponse, subject: Subject, chains: tuple[Chain, ...]
) -> OcspResponseFacts:
    of_chains = (one for chain in chains for one in chain)
    return response_facts(response, (*of_chains, *subject.evidence.certificates))


def _named(chain: Chain) -> tuple[str, ...]:
    return tuple(one.fingerprint for one in chain)


@lru_cache(maxsize=_CACHED_CERTIFICATES)
def _certificate(one: Certificate) -> CertificateFacts:
    return CertificateFacts(
        sm3=one.fingerprint,
        subject=shown_text(one.subject),
        issuer=shown_text(one.issuer),
        serial=format(one.serial, "X"),
        not_before=one.not_before,
        not_after=one.not_after,
        algorithm=one.algorithm,
        der=one.der,
    )


def _list(one: RevocationList) -> RevocationListFacts:
    return RevocationListFacts(
        sm3=_sm3_of_list(one.der),
        issuer=shown_text(one.x509.issuer.rfc4514_string()),
        this_update=one.this_update,
        next_update=one.next_update,
        entries=len(one.revoked),
        der=one.der if len(one.der) <= SHOWN_LIST_BYTES else None,
    )


@lru_cache(maxsize=_CACHED_LISTS)
def _sm3_of_list(der: bytes) -> str:
    return sm3(der).hex()
