"""The demonstration's files, offered on the page: only what this table names, only in a demo."""

from dataclasses import dataclass
from pathlib import Path

from api.errors import PageNotFound
from api.pages.language import Language
from api.pages.state_words import STATES
from api.pages.states import State, Tone

__all__ = ["Sample", "Samples"]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file and the state it is there to show."""

    path: str
    state: State
    title: tuple[str, str]
    note: tuple[str, str]


_ENTRIES: tuple[_Entry, ...] = (
    _Entry(
        "issued/animal_clinic.pdf",
        State.IN_FORCE,
        ("真实有效的证照", "Genuine and in force"),
        ("动物诊疗许可证，原件", "An animal clinic's licence, the original"),
    ),
    _Entry(
        "samples/revoked.pdf",
        State.REVOKED,
        ("已被注销的证照", "Genuine, but revoked"),
        ("印章是真的，登记簿已注销", "The seal holds, the register says no"),
    ),
    _Entry(
        "samples/expired.pdf",
        State.EXPIRED,
        ("已过有效期的证照", "Genuine, but expired"),
        ("渔业捕捞许可证，昨天到期", "A fishing licence that ended yesterday"),
    ),
    _Entry(
        "tampered/unknown-issuer.pdf",
        State.UNKNOWN_ISSUER,
        ("陌生机构的证照", "From an unknown authority"),
        ("没有改动，但本系统不认识签章机构", "Unchanged, but nobody here knows who sealed it"),
    ),
    _Entry(
        "tampered/page-overlaid.pdf",
        State.CHANGED,
        ("盖章后被改动", "Changed after sealing"),
        ("盖章之后又遮盖了内容", "Something was painted over it"),
    ),
    _Entry(
        "tampered/forged-seal.pdf",
        State.IMPOSTOR,
        ("冒名的印章", "An impostor's seal"),
        ("图样相同，却是别人仿制的", "It looks the same, but is another's"),
    ),
    _Entry(
        "tampered/seal-pasted-on.pdf",
        State.UNSIGNED,
        ("贴上去的印章图片", "A pasted picture of a seal"),
        ("看着有章，其实没有签章", "It looks sealed and is not"),
    ),
    _Entry(
        "tampered/never-sealed.pdf",
        State.UNSIGNED,
        ("没有盖章的文件", "Never sealed"),
        ("内容相同，没有任何签章", "The same page without any seal"),
    ),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One file as the page offers it."""

    name: str
    tone: Tone
    icon: str
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
        return tuple(
            _sample(one, language)
            for one in _ENTRIES
            if _name(one) in self._files and self._files[_name(one)].is_file()
        )

    def read(self, name: str) -> bytes:
        """Return a sample's bytes; raises `PageNotFound` for every name not in the table."""
        path = self._files.get(name)
        if path is None or not path.is_file():
            raise PageNotFound("there is no such sample")
        return path.read_bytes()


def _sample(entry: _Entry, language: Language) -> Sample:
    index = 0 if language is Language.ZH else 1
    look = STATES[entry.state]
    return Sample(_name(entry), look.tone, look.icon, entry.title[index], entry.note[index])


def _name(entry: _Entry) -> str:
    return Path(entry.path).name
