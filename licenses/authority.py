"""The body that issues: its name as printed, its code, and its province's short name."""

from dataclasses import dataclass

__all__ = ["Authority"]


@dataclass(frozen=True, slots=True)
class Authority:
    """`code` is the USCC; `province` stands in numbers, such as 湘."""

    name: str
    code: str
    province: str
