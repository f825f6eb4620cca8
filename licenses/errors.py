"""Every error the register and the issuing path raise."""


class LicenseError(Exception):
    """A request about a licence cannot be fulfilled."""


class BadLicenseType(LicenseError):
    """A licence type's folder is incomplete or contradicts itself; mend the folder."""


class UnknownLicenseType(LicenseError):
    """No licence type of this name is installed."""


class InvalidDraft(LicenseError):
    """The request's data do not fit the licence type; `faults` lists each place."""

    def __init__(self, message: str, faults: tuple[tuple[str, str], ...] = ()) -> None:
        """`faults` are pairs (JSON pointer, sentence)."""
        super().__init__(message)
        self.faults = faults


class UnprintableText(InvalidDraft):
    """A text has a character the licence font does not have."""


class InvalidIdentifier(LicenseError):
    """The text is not a licence identifier of GB/T 36904."""


class LicenseNotFound(LicenseError):
    """The register holds no such licence."""


class IllegalTransition(LicenseError):
    """The licence's state does not allow this step."""


class IdempotencyConflict(LicenseError):
    """The idempotency key was used before with a different request."""


class RenderingFailed(LicenseError):
    """The template could not be rendered; the licence type must be mended."""


class SelfCheckFailed(LicenseError):
    """What was sealed does not pass our own verification; nothing was issued."""


class StoredFileDamaged(LicenseError):
    """A stored PDF no longer has the digest it was stored under."""


class UnknownClient(LicenseError):
    """No client of this name is registered."""


class ClientRefused(LicenseError):
    """The client's secret is wrong, expired or withdrawn."""


class ClientLocked(LicenseError):
    """Too many wrong secrets; the client is locked for a while (`retry_after` seconds)."""

    def __init__(self, message: str, retry_after: int) -> None:
        """`retry_after` is in seconds."""
        super().__init__(message)
        self.retry_after = retry_after


class ClientExists(LicenseError):
    """A client of this name is registered already."""


class InvalidClientName(LicenseError):
    """A client's name is 2 to 64 small letters, digits and hyphens, a letter first."""


class KeyUseRefused(LicenseError):
    """The key may not be used for this licence; `reason` is what the audit trail keeps."""

    def __init__(self, message: str, reason: str) -> None:
        """`reason` is a few words with hyphens."""
        super().__init__(message)
        self.reason = reason


class IllegalKeyStep(LicenseError):
    """The key's state does not allow this step."""


class AuditChainBroken(LicenseError):
    """A line of the audit trail was changed, removed or put elsewhere."""


class RegisterUnavailable(LicenseError):
    """The database or the file store does not answer (busy, unreachable, full); try again."""
