"""What a report comes to: one sentence for a file, one for a signature, one for every code."""

from collections.abc import Iterator

from verify.report import SignatureReport, SubIndication, VerificationReport
from verify.wording import NO_SIGNATURE, VERDICTS, Sentence, sentence_of

__all__ = ["explanations", "words_of_file", "words_of_signature"]


def words_of_file(report: VerificationReport) -> Sentence:
    """Return the words of the signature that decided; those for none where nobody signed."""
    if report.sub_indication is SubIndication.SIGNED_DATA_NOT_FOUND:
        return NO_SIGNATURE
    worst = next((one for one in report.signatures if one.indication is report.indication), None)
    return VERDICTS[report.indication] if worst is None else words_of_signature(worst)


def words_of_signature(one: SignatureReport) -> Sentence:
    """Return the verdict's own words, or those of the check that stood in its way."""
    decisive = one.decisive
    if decisive is None or decisive.sub_indication is None:
        return VERDICTS[one.indication]
    return sentence_of(decisive.code)


def explanations(report: VerificationReport) -> dict[str, Sentence]:
    """Return the sentence for every code in the report, each once, by code."""
    return {code: sentence_of(code) for code in sorted(set(_codes(report)))}


def _codes(report: VerificationReport) -> Iterator[str]:
    for one in report.signatures:
        yield from (str(check.code) for check in one.checks)
        yield from map(str, one.warnings)
