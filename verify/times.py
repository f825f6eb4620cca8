"""The times by which a signature is judged."""

from dataclasses import dataclass
from datetime import datetime

__all__ = ["Times"]


@dataclass(frozen=True, slots=True)
class Times:
    """When it was signed, as far as known, and when it is looked at."""

    claimed: datetime | None
    proven: datetime | None
    at: datetime

    @property
    def best(self) -> datetime | None:
        """The proven time, or the claimed one."""
        return self.proven or self.claimed

    @property
    def decisive(self) -> tuple[datetime, ...]:
        """Every time that a period must hold: a claim alone proves nothing, so now counts too."""
        found = (self.best, None if self.proven else self.at)
        return tuple(one for one in found if one is not None)
