"""Coverage: the ByteRange leaves out its own /Contents and nothing else."""

from verify.checks.answers import failed, passed
from verify.codes import Code
from verify.report import CheckName, CheckResult, Coverage, SubIndication
from verify.subject import Subject

_CHECK = CheckName.COVERAGE
_FAULTS = {
    Code.BYTE_RANGE_MALFORMED: "the ByteRange is not four numbers that begin with 0",
    Code.BYTE_RANGE_GAP: "the gap of the ByteRange is not exactly this signature's /Contents",
    Code.BYTE_RANGE_END: "the ByteRange does not end where a revision of the file ends",
}


def check(subject: Subject) -> CheckResult:
    """Say how far the signature reaches."""
    signed = subject.signed
    if signed.fault is not None:
        return failed(_CHECK, signed.fault, SubIndication.FORMAT_FAILURE, _FAULTS[signed.fault])
    if signed.covers is Coverage.ENTIRE_FILE:
        return passed(_CHECK, Code.COVERS_ENTIRE_FILE, "every byte but the value itself is signed")
    detail = f"the first {signed.end} bytes are signed; later revisions follow"
    return passed(_CHECK, Code.COVERS_ENTIRE_REVISION, detail)
