"""Brings the cache of revocation data up to date: for authorities known here, verified first."""

import logging
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from api.errors import RevocationUnavailable
from api.ocsp_asking import OcspAsker, Question, questions
from api.revocation_fetching import ListFetcher
from api.settings import Settings
from api.trusting import chosen_policy, open_evidence
from keystore import SIGNER_ID_GM, Certificate, RevocationList, sm3
from keystore.errors import InvalidSignature, KeystoreError
from verify import BadTrustAnchor, VerificationPolicy, shown_text

__all__ = ["RefreshResult", "Refresher", "make_refresher", "refresh_and_tell"]

_LOG = logging.getLogger(__name__)
_CERTIFICATE_SUFFIXES = frozenset({".pem", ".crt", ".cer"})


@dataclass(frozen=True, slots=True)
class RefreshResult:
    """What became of one address; `fault` None: a list or an answer is in the cache."""

    url: str
    fault: str | None
    about: str = ""
    """Whom a responder was asked about."""


@dataclass(frozen=True, slots=True)
class Refresher:
    """Fetches the lists, then asks the responders, that the known certificates name."""

    certificates: tuple[Certificate, ...]
    folders: tuple[Path, ...]
    """Where revocation data are, the cache last."""
    fetcher: ListFetcher
    policy: VerificationPolicy
    clock: Callable[[], datetime]

    def refresh(self) -> tuple[RefreshResult, ...]:
        """Fetch, verify and keep what is on a host that is named; never raises for one of them."""
        may_ask = self.fetcher.may_ask
        lists = [self._list(url) for url in self._list_urls() if may_ask(url)]
        asked = [one for one in questions(self.certificates, self.clock()) if may_ask(one.url)]
        return (*lists, *map(self._answer, asked))

    def urls(self) -> tuple[str, ...]:
        """Return every address that a known certificate names, each once."""
        responders = (one.url for one in questions(self.certificates, self.clock()))
        return tuple(dict.fromkeys((*self._list_urls(), *responders)))

    def _list_urls(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(url for one in self.certificates for url in _urls(one)))

    def _list(self, url: str) -> RefreshResult:
        return RefreshResult(url, _fault(lambda: self._keep(url, self.fetcher.fetch(url))))

    def _answer(self, question: Question) -> RefreshResult:
        fault = _fault(lambda: self._keep_answer(question))
        return RefreshResult(question.url, fault, question.certificate.common_name)

    def _keep_answer(self, question: Question) -> None:
        path = self.folders[-1] / question.file_name
        cached = path.read_bytes() if path.exists() else None
        asker, evidence = OcspAsker(self.fetcher, self.policy), open_evidence(self.folders)
        _write(path, asker.fetch(question, self.clock(), evidence, cached))

    def _keep(self, url: str, der: bytes) -> None:
        listing = RevocationList.from_der(der)
        now = self.clock()
        if listing.this_update > now or listing.next_update is None or listing.next_update < now:
            raise RevocationUnavailable("the list is not for now")
        self._require_known_issuer(listing)
        path = self.folders[-1] / f"{sm3(url.encode()).hex()}.crl"
        if path.exists() and _read(path).this_update > listing.this_update:
            raise RevocationUnavailable("the list is older than the one in the cache")
        _write(path, der)

    def _require_known_issuer(self, listing: RevocationList) -> None:
        for one in self.certificates:
            try:
                listing.verify_issued_by(one, signer_id=SIGNER_ID_GM)
            except InvalidSignature:
                continue
            return
        raise RevocationUnavailable("no authority known here signed the list")


def _fault(keep: Callable[[], None]) -> str | None:
    try:
        keep()
    except (RevocationUnavailable, KeystoreError, BadTrustAnchor, OSError) as error:
        return str(error)
    return None


def _urls(certificate: Certificate) -> Iterator[str]:
    for extension in certificate.x509.extensions:
        if isinstance(extension.value, x509.CRLDistributionPoints):
            for point in extension.value:
                for name in point.full_name or ():
                    if isinstance(name, x509.UniformResourceIdentifier):
                        yield name.value


def _read(path: Path) -> RevocationList:
    return RevocationList.from_der(path.read_bytes())


def _write(path: Path, content: bytes) -> None:
    """Put the file in its place in one step: a reader sees the old one or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)


def make_refresher(settings: Settings, clock: Callable[[], datetime]) -> Refresher:
    """Return the refresher for the authorities in `trust/` and `certificates/`."""
    folders = (settings.trust_dir, settings.certificates_dir)
    fetcher = ListFetcher(
        settings.revocation_hosts,
        most_bytes=settings.revocation_bytes,
        seconds=settings.revocation_seconds,
    )
    found = tuple(dict.fromkeys(one for folder in folders for one in _certificates(folder)))
    return Refresher(found, settings.evidence_dirs, fetcher, chosen_policy(settings, None), clock)


def _certificates(folder: Path) -> Iterable[Certificate]:
    files = sorted(one for one in folder.glob("*") if one.suffix.lower() in _CERTIFICATE_SUFFIXES)
    for path in files:
        yield from Certificate.load_pem_chain(path.read_bytes())


def refresh_and_tell(refresh: Callable[[], tuple[RefreshResult, ...]]) -> None:
    """Refresh; what was not is a warning."""
    for one in refresh():
        if one.fault is not None:
            what = f"the OCSP answer on {one.about}" if one.about else "a revocation list"
            _LOG.warning("%s was not refreshed: %s", shown_text(what), one.fault)
