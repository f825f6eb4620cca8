"""`qianyin report`: reports that a service signed, checked offline."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from api.cli.exits import Exit, exit_of_indication
from api.cli.options import AtOption, DataOption, TrustOption
from api.cli.terminal import plain
from api.cli.verifying import SIGNS, anchors_for, evidence_for, moment_of
from keystore import sm3
from verify import (
    DEFAULT_LIMITS,
    QIANYIN_DEFAULT,
    SIGNED_REPORT_BYTES,
    SignedReport,
    read_signed_report,
    sentence_of,
)
from verify.errors import NotASignedReport, PdfTooLarge
from verify.report_json import check_to_json, time_to_json

__all__ = ["app"]

app = typer.Typer(name="report", help="Signed reports. 签名的查验报告", no_args_is_help=True)
_OTHER_FILE = "这份报告说的不是这个文件 · The report is about another file"


@app.callback()
def _group() -> None:
    """Keep `verify` a word of its own."""


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="The signed report (DER). 签名的报告")],
    about: Annotated[
        Path | None, typer.Option("--file", help="The PDF it must be about. 报告所说的文件")
    ] = None,
    trust: TrustOption = None,
    at: AtOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
    data: DataOption = None,
) -> None:
    """Check who signed a report, and that it is as it was signed. 验证签名的查验报告。

    Exit code: 0 it holds · 1 it does not · 2 INDETERMINATE · 3 no signed report.
    Whether the PDF itself is genuine is what the report says, not the exit code.

    Example: `qianyin report verify report.p7m --file licence.pdf --trust root.pem`
    """
    try:
        found = read_signed_report(
            _read(file, SIGNED_REPORT_BYTES),
            anchors=anchors_for(trust, data),
            policy=QIANYIN_DEFAULT,
            at=moment_of(at),
            evidence=evidence_for(trust, data),
        )
        same = about is None or _digest(about) == found.report.get("file_sm3")
    except (NotASignedReport, PdfTooLarge, OSError) as error:
        sys.stderr.write(f"{plain(error)}\n")
        raise typer.Exit(Exit.UNREADABLE) from error
    (_print_json if as_json else _show)(found)
    if not same:
        sys.stderr.write(f"✘ {_OTHER_FILE}\n")
        raise typer.Exit(Exit.FAILED)
    raise typer.Exit(exit_of_indication(found.indication))


def _read(file: Path, most: int) -> bytes:
    with file.open("rb") as opened:
        return opened.read(most + 1)


def _digest(file: Path) -> str:
    content = _read(file, DEFAULT_LIMITS.file_bytes)
    if len(content) > DEFAULT_LIMITS.file_bytes:
        raise PdfTooLarge(f"the PDF has more than {DEFAULT_LIMITS.file_bytes} bytes")
    return sm3(content).hex()


def _print_json(found: SignedReport) -> None:
    told = {
        "indication": found.indication.value,
        "sub_indication": found.sub_indication,
        "signer": found.signer,
        "signed_at": time_to_json(found.signed_at),
        "checks": [check_to_json(one) for one in found.checks],
        "report": found.report,
    }
    sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")


def _show(found: SignedReport) -> None:
    sign, _ = SIGNS[found.indication]
    signer, signed_at = plain(found.signer), time_to_json(found.signed_at) or "—"
    typer.echo(f"{sign} {found.indication}  {signer} · {signed_at}")
    for one in found.checks:
        words = sentence_of(one.code)
        typer.echo(f"  {SIGNS[one.outcome][0]} {words.zh} {words.en}")
    said = found.report
    typer.echo(plain(f"报告的结论 · The report says: {said.get('indication')}"))
    typer.echo(plain(f"SM3 {said.get('file_sm3')} · {said.get('checked_at')}"))
    typer.echo(plain(f"策略 · Policy: {said.get('policy')}"))
