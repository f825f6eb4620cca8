"""The roots that count, and for what: loaded once, frozen, never empty."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from keystore import Certificate
from keystore.errors import MalformedCertificate
from verify.anchor_rules import AnchorRule, Need, Refusal
from verify.errors import BadTrustAnchor
from verify.trust_file import TypeCode, read_rules

__all__ = ["TrustAnchors"]

_SUFFIXES = frozenset({".pem", ".crt", ".cer", ".der"})
_FILE_MAX_BYTES = 1024 * 1024
_PEM = b"-----BEGIN"


@dataclass(frozen=True, slots=True)
class TrustAnchors:
    """The certificates whose word is taken; one without a rule counts for everything, always."""

    certificates: tuple[Certificate, ...]
    rules: Mapping[Certificate, AnchorRule] = field(default_factory=dict, repr=False)
    by_subject: dict[bytes, tuple[Certificate, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raise `BadTrustAnchor` when there is no certificate."""
        if not self.certificates:
            raise BadTrustAnchor("no trust anchor was given: nothing could ever be trusted")
        index: dict[bytes, tuple[Certificate, ...]] = {}
        for one in self.certificates:
            index[one.subject_der] = (*index.get(one.subject_der, ()), one)
        object.__setattr__(self, "by_subject", index)

    @classmethod
    def from_files(cls, paths: Iterable[Path]) -> "TrustAnchors":
        """Load PEM (one or many) or DER files; raise `BadTrustAnchor` naming the file."""
        found = [one for path in paths for one in _load(Path(path))]
        return cls(tuple(dict.fromkeys(found)))

    @classmethod
    def from_directory(
        cls, path: Path, *, type_code: TypeCode = lambda _slug: None
    ) -> "TrustAnchors":
        """Load every .pem, .crt, .cer and .der file of a folder, in the order of their names.

        A `trust.toml` beside them says what each is for; `type_code` knows its slugs.
        """
        try:
            names = sorted(one for one in Path(path).iterdir() if one.suffix.lower() in _SUFFIXES)
        except OSError as error:
            raise BadTrustAnchor(f"the folder {path} cannot be read") from error
        files = {one.name: _load(one) for one in names}
        found = tuple(dict.fromkeys(one for file in files.values() for one in file))
        return cls(found, read_rules(Path(path), files, type_code))

    @classmethod
    def nobody(cls) -> "TrustAnchors":
        """Return no anchor at all, said out loud: everything is judged, nothing can pass."""
        made = object.__new__(cls)
        object.__setattr__(made, "certificates", ())
        object.__setattr__(made, "rules", {})
        object.__setattr__(made, "by_subject", {})
        return made

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """SM3 of every anchor, in hex."""
        return tuple(one.fingerprint for one in self.certificates)

    def holds(self, certificate: Certificate) -> bool:
        """Say whether this very certificate is an anchor, for whatever."""
        return certificate in self.by_subject.get(certificate.subject_der, ())

    def refusal(self, certificate: Certificate, need: Need) -> Refusal | None:
        """Return why one of the anchors does not count for this need, None when it does."""
        rule = self.rules.get(certificate)
        return None if rule is None else rule.refusal(need)

    def pem(self) -> bytes:
        """Return all anchors as one PEM file."""
        return b"".join(one.to_pem() for one in self.certificates)


def _load(path: Path) -> tuple[Certificate, ...]:
    try:
        with path.open("rb") as file:
            content = file.read(_FILE_MAX_BYTES + 1)
        if len(content) > _FILE_MAX_BYTES:
            raise BadTrustAnchor(f"{path} is larger than 1 MiB")
        if _PEM in content:
            return Certificate.load_pem_chain(content)
        return (Certificate.from_der(content),)
    except OSError as error:
        raise BadTrustAnchor(f"{path} cannot be read") from error
    except MalformedCertificate as error:
        raise BadTrustAnchor(f"{path} holds no usable certificate") from error
