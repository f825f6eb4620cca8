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
    """The state of a licence, a seal or a person does not allow this step."""


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


class BadKeyPolicy(LicenseError):
    """The rules for a key contradict themselves."""


class IllegalKeyStep(LicenseError):
    """The key's state does not allow this step."""


class ActNotAllowed(LicenseError):
    """The person's role does not allow this, or nobody may approve what they proposed."""


class UnknownPerson(LicenseError):
    """No administrator of this name is registered, or is disabled."""


class PersonNotFound(LicenseError):
    """There is no administrator of this name, disabled ones included."""


class PersonExists(LicenseError):
    """The name is taken, or the first person of the role is there already."""


class LastOfRole(LicenseError):
    """The last active person of a role cannot be disabled: nobody could ever add another."""


class BadProposal(LicenseError):
    """What is proposed is not complete, or not of the form the act wants."""


class ProposalNotFound(LicenseError):
    """There is no such proposal."""


class ProposalNotOpen(LicenseError):
    """The proposal was decided before, or has expired."""


class PayloadChanged(LicenseError):
    """What would be done is not what was proposed, or not what the approver has seen."""


class SealNotInstalled(LicenseError):
    """What was proposed is no seal this deployment can use; nothing was put into the keyring."""


class UnknownSeal(LicenseError):
    """The register of seals has none of this alias."""


class SealExists(LicenseError):
    """A seal of this alias is registered already."""


class UseRefused(LicenseError):
    """The seal may not be used for this; nothing was signed, and the audit trail says so."""


class SealNotActive(UseRefused):
    """The seal is not registered, not granted to anybody yet, suspended, renewed or destroyed."""


class NotGranted(UseRefused):
    """Nobody granted the use of this seal to this client."""


class TypeNotGranted(UseRefused):
    """The client's grants are for other licence types."""


class GrantNotInForce(UseRefused):
    """The client's grants have not begun, have ended or were withdrawn."""


class GrantUsedUp(UseRefused):
    """The quota of the client's grants is used up, for today or for good."""


class AuditChainBroken(LicenseError):
    """A line of the audit trail was changed, removed or put elsewhere."""


class BadCheckpoint(LicenseError):
    """A checkpoint of the audit trail is none, or the audit key did not sign it."""


class RegisterUnavailable(LicenseError):
    """The database or the file store does not answer (busy, unreachable, full); try again."""
