"""What a stranger wrote into a certificate is text on the terminal, and nothing else."""

import pytest

from api.cli.verifying import _show
from tests.fakes.pdf_documents import document
from tests.fakes.signed_documents import report_on, sealing, sign
from tests.fakes.sm2_people import new_seal, world

PEOPLE = world()


@pytest.mark.parametrize(
    "name",
    ["\x1b[2J\x1b[1;1H", "x\n\u2714 TOTAL_PASSED", "[bold green]good[/]", "[/red]", "\u202eterces"],
)
def test_a_signers_name_neither_steers_the_terminal_nor_adds_a_line(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    signer = PEOPLE.ca.issue(name)
    how = sealing(PEOPLE, signer=signer, seal=new_seal(PEOPLE.maker, signer))
    _show(report_on(sign(document(), how)))
    lines = capsys.readouterr().out.splitlines()
    assert not any(control in line for line in lines for control in "\x1b\u202e")
    odd = {one: f"〔U+{ord(one):04X}〕" for one in "\x1b\n\u202e"}
    written = name.translate(str.maketrans(odd))
    assert f"  seal \u00b7 {written} \u00b7 " in lines[1]
