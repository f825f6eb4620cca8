"""What a fuzz target is: a reader, its seeds, and the only errors that may come out of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from keystore.errors import KeystoreError
from tests.fakes.sm2_people import world

ASN1 = (KeystoreError,)
PEOPLE = world("fuzz")


@dataclass(frozen=True)
class Target:
    """`run` takes any bytes; only `refusals` may come out of it."""

    run: Callable[[bytes], object]
    seeds: Callable[[], Iterable[bytes]]
    refusals: tuple[type[Exception], ...]

    def __call__(self, data: bytes) -> None:
        try:
            self.run(data)
        except self.refusals:
            pass
