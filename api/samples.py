"""The demonstration's files, offered on the page: only what this table names, only in a demo."""

from dataclasses import dataclass
from pathlib import Path

from api.errors import PageNotFound
from api.pages.language import Language
from api.pages.verdicts import Tone

__all__ = ["Sample", "Samples"]


@dataclass(frozen=True, slots=True)
class _Entry:
    path: str
    tone: Tone
    title: tuple[str, str]
    note: tuple[str, str]


_ENTRIES: tuple[_Entry, ...] = (
    _Entry(
        "issued/animal_clinic.pdf",
        Tone.GOOD,
        ("真实有效的证照", "Genuine and in force"),
        ("动物诊疗许可证", "Animal clinic licence"),
    ),
    _Entry(
        "tampered/page-overlaid.pdf",
        Tone.BAD,
        ("签章后被改动", "Changed after sealing"),
        ("盖章后又遮盖了内容", "Something was painted over it"),
    ),
    _Entry(
        "tampered/forged-seal.pdf",
        Tone.BAD,
        ("冒名的印章", "An impostor's seal"),
        ("图样相同，却是别人的印章", "It looks the same, but is another's"),
    ),
    _Entry(
        "samples/revoked.pdf",
        Tone.CAUTION,
        ("已被注销的证照", "Genuine, but revoked"),
        ("签章真实，登记簿已注销", "The seal holds, the register says no"),
    ),
    _Entry(
        "samples/expired.pdf",
        Tone.CAUTION,
        ("已过有效期的证照", "Genuine, but expired"),
        ("渔业捕捞许可证", "Fishing licence"),
    ),
    _Entry(
        "tampered/seal-pasted-on.pdf",
        Tone.OPEN,
        ("没有电子签章", "No seal in it"),
        ("只有一张印章图片", "Only the picture of a seal"),
    ),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One file as the page offers it."""

    name: str
    tone: Tone
    title: str
    note: str


class Samples:
    """The files that are there; none outside a demo."""

    def __init__(self, folder: Path | None) -> None:
        """`folder` is the demo's data folder, None where nothing is to be offered."""
        present = () if folder is None else _ENTRIES
        self._files = {_name(one): (folder or Path()) / one.path for one in present}

    def offered(self, language: Language) -> tuple[Sample, ...]:
        """Return what can be tried now, in the table's order."""
        index = 0 if language is Language.ZH else 1
        return tuple(
            Sample(_name(one), one.tone, one.title[index], one.note[index])
            for one in _ENTRIES
            if _name(one) in self._files and self._files[_name(one)].is_file()
        )

    def read(self, name: str) -> bytes:
        """Return a sample's bytes; raises `PageNotFound` for every name not in the table."""
        path = self._files.get(name)
        if path is None or not path.is_file():
            raise PageNotFound("there is no such sample")
        return path.read_bytes()


def _name(entry: _Entry) -> str:
    return Path(entry.path).name
