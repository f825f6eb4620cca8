"""Every error the front hall raises itself; how each is told to a caller stands in `problems`."""


class ApiError(Exception):
    """A request cannot be served as it was made."""


class BadSettings(ApiError):
    """The settings contradict each other or are not safe; the service must not start."""


class MissingIdempotencyKey(ApiError):
    """A licence was asked for without an Idempotency-Key, or with one that is no key."""


class MissingToken(ApiError):
    """The route needs a bearer token and none was sent."""


class InvalidToken(ApiError):
    """The bearer token is not one of ours, not for us, or not valid now."""


class InsufficientScope(ApiError):
    """The token is good, but does not allow this; `scope` is the one that would."""

    def __init__(self, scope: str) -> None:
        """`scope` is the name the caller lacks."""
        super().__init__(f"this needs the scope {scope}")
        self.scope = scope


class TokenRefused(ApiError):
    """The token endpoint refuses; `code` is RFC 6749's word (5.2)."""

    def __init__(self, code: str, message: str) -> None:
        """`code` is for programs, `message` for people."""
        super().__init__(message)
        self.code = code


class BodyTooLarge(ApiError):
    """The request's body is larger than this route takes."""


class BodyTooSlow(ApiError):
    """The request's body did not arrive in time."""


class BodyCutOff(ApiError):
    """The caller hung up, or spoke no HTTP any more, before the request's body was whole."""


class MalformedUpload(ApiError):
    """The request is not a form with exactly one file in the field `file`."""


class RevocationUnavailable(ApiError):
    """A revocation list could not be fetched, or is not one that can be believed."""


class UnknownPolicy(ApiError):
    """The request names a verification policy that is not offered here."""


class RateLimited(ApiError):
    """The caller asks too often; `retry_after` seconds make room for one more request."""

    def __init__(self, message: str, retry_after: int) -> None:
        """`retry_after` is in seconds, at least 1."""
        super().__init__(message)
        self.retry_after = retry_after


class Overloaded(ApiError):
    """All places are taken; nothing is wrong with the request."""


class ExaminationTimedOut(ApiError):
    """The file takes longer to examine than a file may."""


class ExaminationDied(ApiError):
    """The process that examined the file ended before it had a result."""


class ExaminationUnavailable(ApiError):
    """No examining process can be started now."""


class AuditKeyNotSetUp(ApiError):
    """The deployment has no key that signs the audit trail."""


class ReportSigningNotSetUp(ApiError):
    """A signed report was asked for, and this deployment has no key that may sign one."""


class ReportNotPrinted(ApiError):
    """The report could not be laid out for print."""


class PageNotFound(ApiError):
    """There is nothing here, or nothing that may be shown to this caller."""


class KeyRequestRefused(ApiError):
    """The key service refuses a request; `reason` is its word for it."""

    def __init__(self, reason: str, *, retry_after: int | None = None) -> None:
        """`retry_after` is in seconds, where asking again may help."""
        super().__init__(reason)
        self.reason, self.retry_after = reason, retry_after


class BenchmarkFailed(ApiError):
    """A measuring process ended before it had a result."""
