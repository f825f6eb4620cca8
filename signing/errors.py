"""Every error raised on the way from a page to a sealed PDF."""


class SigningError(Exception):
    """The document could not be sealed."""


class UnsuitablePdf(SigningError):
    """The PDF cannot take a seal: unreadable, encrypted, or locked by an earlier certification."""


class PlacementError(SigningError):
    """The seal does not fit where it was to be put."""


class SealNotInForce(SigningError):
    """The seal is outside its validity, or does not list the signing certificate."""


class PlaceholderTooSmall(SigningError):
    """The signature value is larger than the room reserved for it."""


class TimestampUnavailable(SigningError):
    """The time-stamping authority gave no usable answer."""
