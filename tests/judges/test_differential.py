"""Two more opinions on every vector: value, digest, chain and maker by OpenSSL and BouncyCastle."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from ctypes.util import find_library
from pathlib import Path

import pytest

from tests.judges.disagreements import EXPLAINED
from tests.judges.openssl_verdicts import verdicts
from tests.judges.taken_out import ASPECTS, REFUSED, UNASKED, TakenOut, taken_out

JARS = [Path("/usr/share/java") / f"{one}.jar" for one in ("bcprov", "bcpkix", "bcutil")]
JAVA = shutil.which("java")
SECONDS_MAX = 300
SIGNATURES_MIN = 800
SILENT = {"none", "unknown"}
pytestmark = [pytest.mark.judge, pytest.mark.slow]

Verdicts = list[dict[str, str]]
Row = tuple[str, str, str, str, str]


class Docket:
    """The signatures as files, each byte string once, for the one run of the Java machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes) -> str:
        file = self.folder / hashlib.sha256(data).hexdigest()[:32]
        if not file.exists():
            file.write_bytes(data)
        return file.name

    def line(self, number: int, one: TakenOut) -> str:
        words = (
            str(number),
            one.kind,
            self.put(one.container),
            self.put(one.document),
            ",".join(map(self.put, one.certificates)),
            ",".join(map(self.put, one.anchors)),
            ",".join(map(str, one.times)),
        )
        return "\t".join(words)


@pytest.fixture(scope="module")
def openssl() -> Verdicts:
    if find_library("crypto") is None:
        pytest.skip("libcrypto is not installed")
    return [verdicts(one) for one in taken_out()]


@pytest.fixture(scope="module")
def bouncycastle(tmp_path_factory) -> Verdicts:
    if JAVA is None or not all(one.exists() for one in JARS):
        pytest.skip("java or BouncyCastle (libbcpkix-java) is not installed")
    docket = Docket(tmp_path_factory.mktemp("docket"))
    lines = [docket.line(*row) for row in enumerate(taken_out())]
    (docket.folder / "cases.txt").write_text("\n".join(lines))
    judge = Path(__file__).with_name("VectorJudge.java")
    command = [JAVA, "-cp", ":".join(map(str, JARS)), str(judge), str(docket.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS_MAX)
    assert done.returncode == 0, done.stderr
    answers = [line.split("\t") for line in done.stdout.splitlines()]
    assert [int(one[0]) for one in answers] == list(range(len(lines)))
    return [
        dict(zip(ASPECTS, words, strict=True))
        if len(words) > 1
        else dict.fromkeys(ASPECTS, "unreadable")
        for _, *words in answers
    ]


def disagreements(judge: str, theirs: Verdicts) -> Iterator[Row]:
    for one, said in zip(taken_out(), theirs, strict=True):
        for aspect in ASPECTS:
            ours, other = one.ours[aspect], said[aspect]
            if ours == UNASKED or other in SILENT or ours == other:
                continue
            if "holds" in (ours, other):
                yield judge, aspect, ours, other, one.label


def unexplained(rows: Iterator[Row]) -> list[Row]:
    return [row for row in rows if not any(one.explains(*row) for one in EXPLAINED)]


def test_nearly_every_vector_has_a_signature_to_ask_about() -> None:
    assert len(taken_out()) >= SIGNATURES_MIN
    assert all(set(one.ours) == set(ASPECTS) for one in taken_out())
    assert any(REFUSED in one.ours.values() for one in taken_out())


def test_openssl_agrees_or_the_table_says_why_not(openssl: Verdicts) -> None:
    assert unexplained(disagreements("OpenSSL", openssl)) == []


def test_bouncycastle_agrees_or_the_table_says_why_not(bouncycastle: Verdicts) -> None:
    assert unexplained(disagreements("BouncyCastle", bouncycastle)) == []


def test_every_explanation_is_needed(openssl: Verdicts, bouncycastle: Verdicts) -> None:
    rows = [*disagreements("OpenSSL", openssl), *disagreements("BouncyCastle", bouncycastle)]
    idle = [one for one in EXPLAINED if not any(one.explains(*row) for row in rows)]
    assert idle == []
