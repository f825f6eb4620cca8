"""Two people at the command line, from the drawing of a seal to the list of its uses."""

import csv
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pikepdf
import pytest

from api.cli.main import run

SEAL_NAME = "示例市农业农村局电子印章"
NAMES = {"system": "zhang-shili", "security": "li-yangben", "audit": "wang-xugou"}


class Commands:
    """A copy of the demo, and its people at the keyboard."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys

    def run(self, *words: str, role: str | None = None) -> tuple[int, str]:
        who = []
        if role is not None:
            file = self.folder / "secrets" / "people" / f"{NAMES[role]}.secret"
            who = ["--as", NAMES[role], "--secret-file", str(file)]
        code = run([*words, *who, "--data", str(self.folder)])
        told = self.capsys.readouterr()
        return code, told.out + told.err

    def alone(self, *words: str) -> tuple[int, str]:
        code = run(list(words))
        return code, self.capsys.readouterr().out

    def done(self, *words: str) -> str:
        code, told = self.run(*words, role="system")
        assert code == 0, told
        number, digest = _number_and_digest(told)
        shown = self.run("proposal", "show", number, role="security")[1]
        assert digest in shown
        approve = ("proposal", "approve", number, "--digest", digest)
        assert self.run(*approve, role="system")[0] == 64
        assert self.run(*approve[:-1], "00", role="security")[0] == 64
        code, told = self.run(*approve, role="security")
        assert code == 0, told
        assert self.run(*approve, role="security")[0] == 64
        return shown


def _number_and_digest(told: str) -> tuple[str, str]:
    found = re.search(r"^proposal +(\d+)$.*^digest +([0-9a-f]{64})$", told, re.M | re.S)
    assert found is not None
    return found[1], found[2]


@pytest.fixture
def at(demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Commands:
    folder = tmp_path / "deployment"
    # Connections that others left open may close, and take the -wal with them, while this copies.
    with closing(sqlite3.connect(demo / "qianyin.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copytree(demo, folder, ignore=shutil.ignore_patterns("*.db-wal", "*.db-shm"))
    return Commands(folder, capsys)


def test_a_seal_lives_from_its_drawing_to_its_end(at: Commands, tmp_path: Path) -> None:
    picture, out = tmp_path / "seal.png", tmp_path / "sealed.pdf"
    assert run(["seal", "draw", "--name", "示例市农业农村局", "--out", str(picture)]) == 0
    assert at.run("seal", "register", "second", "--name", SEAL_NAME, role="security")[0] == 64
    assert at.run("seal", "register", "second", "--name", SEAL_NAME, role="system")[0] == 0
    make = ["seal", "propose", "make", "second", "--name", SEAL_NAME, "--picture", str(picture)]
    parts = ["--seal-id", "99000000000002", "--key", "seal-signer"]
    at.done(*make, *parts, "--maker", "seal-maker")
    assert "seals.second" in (at.folder / "keys.toml").read_text(encoding="utf-8")
    assert run(["seal", "show", str(at.folder / "seals" / "second.esl")]) == 0
    letter, other = tmp_path / "letter.pdf", tmp_path / "other.pdf"
    with pikepdf.new() as pdf:
        for path in (letter, other):
            pdf.add_blank_page()
            pdf.save(path)
    where = ["--x", "100", "--y", "100", "--out", str(out)]
    apply = ["seal", "apply", str(letter), *where]
    code, told = at.run(*apply, role="system")
    assert (code, "not granted to zhang-shili" in told) == (64, True)
    assert not out.exists()
    person = ["--client", "zhang-shili", "--license-type", "document", "--in-all", "1"]
    at.done("seal", "propose", "grant", "authority", *person)
    assert at.run(*apply, role="system")[0] == 0
    assert at.run("verify", str(out))[0] == 0
    assert "used up" in at.run("seal", "apply", str(other), *where, role="system")[1]
    assert "zhang-shili  document  1/1 in all" in at.run("seal", "list", role="audit")[1]
    at.done("seal", "propose", "destroy", "second", "--reason", "示例")
    assert "second  DESTROYED" in at.run("seal", "list", role="audit")[1]


def test_a_maker_does_not_make_a_seal_for_its_own_key(at: Commands, tmp_path: Path) -> None:
    picture = tmp_path / "seal.png"
    assert run(["seal", "draw", "--name", "示例市农业农村局", "--out", str(picture)]) == 0
    assert at.run("seal", "register", "own", "--name", SEAL_NAME, role="system")[0] == 0
    make = ["seal", "propose", "make", "own", "--name", SEAL_NAME, "--picture", str(picture)]
    parts = ["--seal-id", "99000000000003", "--key", "seal-maker", "--maker", "seal-maker"]
    number, digest = _number_and_digest(at.run(*make, *parts, role="system")[1])
    approve = ("proposal", "approve", number, "--digest", digest)
    code, told = at.run(*approve, role="security")
    assert (code, "may not be its signer" in told) == (64, True)
    assert at.run("proposal", "reject", number, "--reason", "同一密钥", role="security")[0] == 0


def test_a_seal_of_another_makers_chain_is_not_imported(at: Commands) -> None:
    assert at.run("seal", "register", "taken", "--name", SEAL_NAME, role="system")[0] == 0
    before = (at.folder / "keys.toml").read_bytes()
    esl = str(at.folder / "seals" / "authority.esl")
    chain = ["--maker-chain", str(at.folder / "certificates" / "tsa.pem")]
    take = ["seal", "propose", "import", "taken", "--file", esl, *chain, "--key", "seal-signer"]
    number, digest = _number_and_digest(at.run(*take, role="system")[1])
    approve = ("proposal", "approve", number, "--digest", digest)
    assert at.run(*approve, role="security")[0] == 64
    assert (at.folder / "keys.toml").read_bytes() == before


def test_only_the_auditor_reads_the_uses_and_a_spreadsheet_calculates_nothing(
    at: Commands, tmp_path: Path
) -> None:
    table = tmp_path / "uses.csv"
    uses = ("seal", "uses", "authority", "--csv", str(table))
    for role in ("system", "security"):
        assert at.run(*uses, role=role)[0] == 64
    assert at.run(*uses, role="audit")[0] == 0
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 12
    assert {row["outcome"] for row in rows} == {"completed"}
    assert {row["client"] for row in rows} == {"demo"}
    none = ("seal", "uses", "authority", "--until", "2020-01-01")
    assert len(at.run(*none, role="audit")[1].splitlines()) == 1


def test_a_new_person_is_admitted_by_two_who_never_see_the_secret(
    at: Commands, tmp_path: Path
) -> None:
    secret = tmp_path / "zhao.secret"
    code, enrolment = at.alone("person", "secret", "--out", str(secret))
    assert code == 0
    assert secret.stat().st_mode & 0o777 == 0o600
    told = at.done(
        "person",
        "add",
        "zhao-moni",
        "--full-name",
        "赵模拟",
        "--role",
        "security",
        "--enrolment",
        enrolment.strip(),
    )
    assert secret.read_text().strip() not in told
    who = ["--as", "zhao-moni", "--secret-file", str(secret)]
    assert at.run("proposal", "list", *who)[0] == 0
    new = tmp_path / "new.secret"
    assert at.run("person", "rotate", *who, "--out", str(new))[0] == 0
    assert at.run("proposal", "list", *who)[0] == 64
    assert at.run("person", "disable", "zhao-moni", role="system")[0] == 0
    assert "zhao-moni  security  disabled" in at.run("person", "list", role="audit")[1]


def test_a_second_first_person_and_a_clients_secret_are_refused(
    at: Commands, tmp_path: Path
) -> None:
    first = ["person", "first", "mine", "--full-name", "某示例", "--role", "security"]
    code, told = at.run(*first, "--out", str(tmp_path / "mine.secret"))
    assert (code, "takes a proposal" in told) == (64, True)
    assert at.run("client", "rotate", "li-yangben")[0] == 64
    assert at.run("seal", "suspend", "authority", "--reason", "查", role="audit")[0] == 64
    assert at.run("seal", "suspend", "authority", "--reason", "查", role="security")[0] == 0
    at.done("seal", "propose", "resume", "authority", "--reason", "无误")
    assert at.run("seal", "withdraw", "authority", "--grant", "1", role="security")[0] == 0
