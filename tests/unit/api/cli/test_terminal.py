"""Text of strangers is one line on a terminal."""

import json

from api.cli.main import run
from api.cli.terminal import plain
from keystore import sm3
from tests.fakes.sm2_people import new_seal, world
from verify.bundle_zip import pack

TRAP = "x\n\u2714 TOTAL_PASSED\x1b[2K"


def assert_harmless(told) -> None:
    for line in (told.out + told.err).splitlines():
        assert "\x1b" not in line
        assert not line.startswith("\u2714")


def test_what_steers_a_terminal_is_spelt_out() -> None:
    assert plain("a\x1b[2J\r\n示例 b") == "a〔U+001B〕[2J〔U+000D〕〔U+000A〕示例 b"
    assert plain("\x9b1A\u202e\u2028\x00") == "〔U+009B〕1A〔U+202E〕〔U+2028〕〔U+0000〕"


def test_a_strangers_seal_is_shown_harmlessly(tmp_path, capsys) -> None:
    people = world()
    seal = tmp_path / "seal.esl"
    seal.write_bytes(new_seal(people.maker, people.signer, name=TRAP).der)
    assert run(["seal", "show", str(seal)]) == 0
    told = capsys.readouterr()
    assert "TOTAL_PASSED" in told.out
    assert_harmless(told)


def test_what_is_wrong_with_a_strangers_bundle_is_told_harmlessly(tmp_path, capsys) -> None:
    members = {"report.json": b"{}"}
    listed = {name: sm3(content).hex() for name, content in members.items()}
    manifest = {"format": "qianyin-evidence-1", "policy": TRAP, "members": listed}
    bundle = tmp_path / "evidence.zip"
    bundle.write_bytes(pack({"manifest.json": json.dumps(manifest).encode(), **members}))
    assert run(["verify", str(bundle), "--evidence", str(bundle)]) == 64
    told = capsys.readouterr()
    assert "TOTAL_PASSED" in told.err
    assert_harmless(told)
