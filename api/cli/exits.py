"""Exit codes of `qianyin verify`, a contract for scripts."""

from enum import IntEnum

from verify import Indication, VerificationReport

__all__ = ["Exit", "exit_of", "exit_of_indication"]


class Exit(IntEnum):
    """What a script may rely on."""

    PASSED = 0
    FAILED = 1
    INDETERMINATE = 2
    UNREADABLE = 3
    UNSIGNED = 4


_BY_INDICATION = {
    Indication.TOTAL_PASSED: Exit.PASSED,
    Indication.TOTAL_FAILED: Exit.FAILED,
    Indication.INDETERMINATE: Exit.INDETERMINATE,
}


def exit_of(report: VerificationReport) -> Exit:
    """Return the code for a file that could be read."""
    return exit_of_indication(report.indication) if report.signatures else Exit.UNSIGNED


def exit_of_indication(indication: Indication) -> Exit:
    """Return the code for a verdict."""
    return _BY_INDICATION[indication]
