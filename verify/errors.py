"""Every error raised when a file cannot be looked at; a bad seal is a result, never an error."""


class VerifyError(Exception):
    """The file could not be examined."""


class NotAPdf(VerifyError):
    """The bytes are not a PDF that can be read."""


class EncryptedPdf(VerifyError):
    """The PDF is encrypted, so what a reader sees cannot be checked."""


class PdfTooLarge(VerifyError):
    """The PDF is over one of the limits (size, pages, objects, revisions, expansion)."""


class BadTrustAnchor(VerifyError):
    """A trust anchor file cannot be used."""


class NotASignedReport(VerifyError):
    """The bytes are not a report under a signature."""


class BadEvidenceBundle(VerifyError):
    """Stored evidence cannot be used: it is damaged, or of another file, policy or form."""
