"""Our own medicine: a sample of what is sealed goes through the citizen's whole verification."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from threading import Lock

from licenses.errors import SelfCheckFailed
from verify import Indication, VerificationReport

__all__ = ["SelfCheck"]

Verify = Callable[[bytes, datetime], VerificationReport]
Batch = tuple[str, int, str, str]
"""What makes documents alike: licence type, its version, seal, certificate."""


@dataclass(slots=True)
class SelfCheck:
    """Checks the first document of every batch, and every `one_in`-th after it.

    Each signature value is verified under its own certificate anyway, before it leaves
    `keystore.Signer`; this is for all the rest of the policy.
    """

    verify: Verify = field(repr=False)
    one_in: int
    _seen: set[Batch] = field(default_factory=set, repr=False)
    _counter: "count[int]" = field(default_factory=lambda: count(1), repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def __call__(self, data: bytes, batch: Batch, at: datetime) -> None:
        """Raise `SelfCheckFailed` when the document is due and does not pass."""
        if not self._is_due(batch):
            return
        report = self.verify(data, at)
        if report.indication is not Indication.TOTAL_PASSED:
            raise SelfCheckFailed(
                f"the sealed document does not pass our own check: {report.sub_indication}"
            )
        with self._lock:
            self._seen.add(batch)

    def _is_due(self, batch: Batch) -> bool:
        with self._lock:
            return batch not in self._seen or next(self._counter) % self.one_in == 0
