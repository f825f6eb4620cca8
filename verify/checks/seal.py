"""Seal: its maker's signature, the maker's standing and the seal's validity (GB/T 38540, 6.3)."""

from keystore import Certificate, Seal
from keystore.errors import InvalidSignature
from verify.anchor_rules import Purpose
from verify.checks.answers import failed, not_reached, passed, unsure
from verify.codes import Code
from verify.makers import Naming, is_same_body, naming_of
from verify.report import CheckName, CheckResult, SubIndication
from verify.revocation import Standing, standing_of_path
from verify.subject import Subject
from verify.validity import Bounds, bounds_of

_CHECK = CheckName.SEAL
_MAKER_USES = frozenset({"digital_signature", "content_commitment"})


def check(subject: Subject) -> CheckResult:
    """Say whether the seal itself is genuine and was in force."""
    if subject.container is None or subject.container.seal is None:
        return not_reached(_CHECK)
    seal = subject.container.seal.seal
    try:
        seal.verify_maker_signature(signer_id=subject.demands.policy.signer_id)
    except InvalidSignature as error:
        why = SubIndication.SIG_CRYPTO_FAILURE
        return failed(_CHECK, Code.SEAL_SIGNATURE_INVALID, why, str(error))
    signer = subject.container.seal.certificate
    if signer.public_key == seal.maker.public_key:
        why = SubIndication.SIG_CONSTRAINTS_FAILURE
        detail = "the seal was made with the key that used it"
        return failed(_CHECK, Code.SEAL_MAKER_IS_SIGNER, why, detail)
    fault = (
        _of_maker(subject, seal.maker)
        or _of_right(subject, seal.maker, signer)
        or _of_validity(subject, seal)
    )
    if fault is not None:
        return fault
    return passed(_CHECK, Code.SEAL_VALID, "the seal is genuine and was in force")


def _of_maker(subject: Subject, maker: Certificate) -> CheckResult | None:
    if maker.key_usage and not maker.key_usage & _MAKER_USES:
        detail = "the seal maker's key is not for signatures"
        why = SubIndication.CHAIN_CONSTRAINTS_FAILURE
        return failed(_CHECK, Code.SEAL_MAKER_INVALID, why, detail)
    search = subject.path_of(maker, Purpose.MAKERS)
    if search.path is None and search.refused is not None:
        why = SubIndication.NO_CERTIFICATE_CHAIN_FOUND
        return unsure(_CHECK, Code.SEAL_MAKER_UNTRUSTED, why, search.refused.detail)
    if search.path is None and search.broken is not None:
        why = SubIndication.CHAIN_CONSTRAINTS_FAILURE
        return failed(_CHECK, Code.SEAL_MAKER_INVALID, why, search.broken)
    if search.path is None:
        detail = "no path leads from the seal maker's certificate to a trusted root"
        why = SubIndication.NO_CERTIFICATE_CHAIN_FOUND
        return unsure(_CHECK, Code.SEAL_MAKER_UNTRUSTED, why, detail)
    bounds = bounds_of(search.path, subject.times)
    if bounds is not Bounds.INSIDE:
        return _of_bounds(bounds)
    demands = subject.demands
    return _of_standing(
        standing_of_path(search.path, subject.evidence, subject.times, demands.policy)[0]
    )


def _of_right(subject: Subject, maker: Certificate, signer: Certificate) -> CheckResult | None:
    """Ask who says that the maker may make seals: never the one who uses them alone."""
    why = SubIndication.SIG_CONSTRAINTS_FAILURE
    if is_same_body(maker, signer):
        detail = "the seal's maker and its user are one body"
        return unsure(_CHECK, Code.SEAL_MAKER_IS_SIGNER, why, detail)
    path = subject.path_of(maker, Purpose.MAKERS).path
    naming = Naming.NOBODY_NAMED if path is None else naming_of(path, subject.demands.anchors)
    must_be = subject.demands.policy.makers_must_be_named
    if naming is Naming.OTHERS_NAMED or (must_be and naming is Naming.NOBODY_NAMED):
        detail = "the trust file does not say that this maker may make seals"
        return unsure(_CHECK, Code.SEAL_MAKER_NOT_NAMED, why, detail)
    return None


def _of_bounds(bounds: Bounds) -> CheckResult:
    if bounds is Bounds.UNPROVEN:
        detail = "the maker's certificate is not valid now, and nothing proves an earlier time"
        why = SubIndication.OUT_OF_BOUNDS_NO_POE
        return unsure(_CHECK, Code.SEAL_MAKER_OUT_OF_BOUNDS, why, detail)
    detail = "the seal was used outside the validity of its maker's certificate"
    why = SubIndication.CHAIN_CONSTRAINTS_FAILURE
    return failed(_CHECK, Code.SEAL_MAKER_INVALID, why, detail)


def _of_standing(standing: Standing) -> CheckResult | None:
    if standing is Standing.REVOKED:
        detail = "the maker's certificate was revoked before the seal was used"
        return failed(_CHECK, Code.SEAL_MAKER_REVOKED, SubIndication.REVOKED, detail)
    if standing is Standing.REVOKED_NO_PROOF:
        detail = "the maker's certificate is revoked, and nothing proves an earlier use"
        return unsure(_CHECK, Code.SEAL_MAKER_REVOKED, SubIndication.REVOKED_NO_POE, detail)
    if standing is Standing.UNKNOWN:
        detail = "the maker's certificate names a revocation list, and none is at hand"
        why = SubIndication.TRY_LATER
        return unsure(_CHECK, Code.SEAL_MAKER_REVOCATION_UNKNOWN, why, detail)
    return None


def _of_validity(subject: Subject, seal: Seal) -> CheckResult | None:
    times, tolerance = subject.times, subject.demands.policy.clock_tolerance
    if times.best is not None and (
        not seal.is_valid_at(times.best) or seal.created_at > times.best + tolerance
    ):
        detail = "the seal was used outside its validity"
        why = SubIndication.SIG_CONSTRAINTS_FAILURE
        return failed(_CHECK, Code.SEAL_NOT_IN_FORCE, why, detail)
    if times.proven is None and not seal.is_valid_at(times.at):
        detail = "the seal is not in force now, and nothing proves an earlier use"
        why = SubIndication.OUT_OF_BOUNDS_NO_POE
        return unsure(_CHECK, Code.SEAL_OUT_OF_BOUNDS, why, detail)
    return None
