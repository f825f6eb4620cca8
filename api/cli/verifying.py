"""`qianyin verify`: one file, offline, without a database."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.cli.bounds import bounded
from api.cli.exits import Exit, exit_of
from api.cli.options import AtOption, DataOption, TrustOption, settings_for
from api.cli.stored_evidence import Basis, exit_of_stored, open_bundle, require_same_report
from api.cli.terminal import plain
from api.report_pdf.rendering import report_pdf
from api.trusting import open_anchors, open_evidence
from verify import (
    DEFAULT_LIMITS,
    NO_EVIDENCE,
    POLICIES,
    QIANYIN_DEFAULT,
    Evidence,
    Indication,
    Outcome,
    SignatureReport,
    TrustAnchors,
    VerificationPolicy,
    VerificationReport,
    View,
    read_upload,
    view_of,
)
from verify.errors import VerifyError
from verify.wording import sentence_of

__all__ = ["SIGNS", "anchors_for", "evidence_for", "moment_of", "register"]

EXAMINATION_SECONDS = 20.0
EXAMINATION_MEMORY_BYTES = 384 * 1024 * 1024  # beside what the command itself needs

SIGNS = {
    Indication.TOTAL_PASSED: ("✔", "bold green"),
    Indication.TOTAL_FAILED: ("✘", "bold red"),
    Indication.INDETERMINATE: ("?", "bold yellow"),
    Outcome.PASSED: ("✔", "green"),
    Outcome.FAILED: ("✘", "red"),
    Outcome.INDETERMINATE: ("?", "yellow"),
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify)


def verify(  # noqa: PLR0913, PLR0917 - the command's options
    file: Annotated[Path, typer.Argument(help="The PDF. 要验证的 PDF 文件")],
    trust: TrustOption = None,
    at: AtOption = None,
    policy: Annotated[
        str, typer.Option(help="Name of the policy to judge by. 验证策略")
    ] = QIANYIN_DEFAULT.name,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    view: Annotated[
        View, typer.Option(help="How much --json tells. JSON 报告的详略")
    ] = View.DETAILED,
    pdf: Annotated[
        Path | None, typer.Option(help="Write the report as a PDF to print. 生成可打印的报告")
    ] = None,
    save_evidence: Annotated[
        Path | None, typer.Option(help="Keep what the verdict rests on (zip). 保存验证资料")
    ] = None,
    evidence: Annotated[
        Path | None,
        typer.Option(
            help="Judge by such a zip again, and compare; passes only where its roots are among "
            "yours. 按保存的资料重新验证；其根证书须在你信任之列"
        ),
    ] = None,
    data: DataOption = None,
) -> None:
    """Verify every seal and signature of a PDF. 验证 PDF 上的全部印章与签名。

    Exit code: 0 all TOTAL_PASSED · 1 any TOTAL_FAILED · 2 INDETERMINATE · 3 not readable ·
    4 no signature.

    Example: `qianyin verify licence.pdf --trust root.pem --at 2026-11-23T12:00:00+08:00 --json`
    """
    if evidence is not None and (at or policy != QIANYIN_DEFAULT.name):
        raise typer.BadParameter("stored evidence brings its own policy and time")
    stored = None if evidence is None else open_bundle(evidence)
    basis = (
        Basis(
            anchors_for(trust, data), policy_named(policy), moment_of(at), evidence_for(trust, data)
        )
        if stored is None
        else Basis.of(stored)
    )
    report = _examined(file, basis, as_json=as_json)
    if as_json:
        sys.stdout.write(json.dumps(view_of(report, view), ensure_ascii=False, indent=2) + "\n")
    else:
        _show(report)
    if pdf is not None:
        pdf.write_bytes(report_pdf(report))
    if save_evidence is not None:
        basis.save(save_evidence, report)
    if stored is None:
        raise typer.Exit(exit_of(report))
    require_same_report(stored, report)
    raise typer.Exit(exit_of_stored(report, stored, anchors_for(trust, data)))


def _examined(file: Path, basis: Basis, *, as_json: bool) -> VerificationReport:
    try:
        with bounded(seconds=EXAMINATION_SECONDS, memory_bytes=EXAMINATION_MEMORY_BYTES):
            return basis.judge(read_upload(_read(file), limits=DEFAULT_LIMITS))
    except (VerifyError, OSError) as error:
        _tell_unreadable(error, as_json=as_json)
        raise typer.Exit(Exit.UNREADABLE) from error


def moment_of(text: str | None) -> datetime:
    """Return the time asked for, the clock's where none is."""
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(
            f"'{text}' is not a time in ISO 8601", param_hint="--at"
        ) from error


def policy_named(name: str) -> VerificationPolicy:
    """Return a policy by its name."""
    if name not in POLICIES:
        raise typer.BadParameter(
            f"there is no policy '{name}'; there are {', '.join(POLICIES)}", param_hint="--policy"
        )
    return POLICIES[name]


def anchors_for(trust: list[Path] | None, data: Path | None) -> TrustAnchors:
    """Return the roots that were named, else the deployment's."""
    if trust:
        return TrustAnchors.from_files(trust)
    folder = settings_for(data).trust_dir
    if not folder.is_dir():
        sys.stderr.write(f"no trust anchors in {folder}: name them with --trust or --data\n")
        return TrustAnchors.nobody()
    return open_anchors(folder)


def evidence_for(trust: list[Path] | None, data: Path | None) -> Evidence:
    """Return the deployment's revocation lists; with --trust it has no say at all."""
    return NO_EVIDENCE if trust else open_evidence(settings_for(data).evidence_dirs)


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(DEFAULT_LIMITS.file_bytes + 1)


def _tell_unreadable(error: Exception, *, as_json: bool) -> None:
    if as_json:
        problem: dict[str, object] = {"indication": None, "signatures": [], "error": str(error)}
        sys.stdout.write(json.dumps(problem, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stderr.write(f"{plain(error)}\n")


def _show(report: VerificationReport) -> None:
    console = Console()
    if not report.signatures:
        console.print("? 文件中没有任何电子印章或签名 · The file carries no seal or signature")
    for one in report.signatures:
        _show_signature(console, one)


def _show_signature(console: Console, one: SignatureReport) -> None:
    sign, style = SIGNS[one.indication]
    reason = f" / {one.sub_indication}" if one.sub_indication else ""
    console.print(Text(f"{sign} {one.indication}{reason}", style=style))
    signer = plain(one.signer or "—")
    console.print(Text(f"  {one.kind} · {signer} · {one.signed_at or '—'} · {one.covers}"))
    table = Table(show_header=False, box=None, padding=(0, 1))
    for check in one.checks:
        sign, style = SIGNS[check.outcome]
        words = sentence_of(check.code)
        table.add_row(Text(sign, style=style), words.zh, Text(words.en, style="dim"))
    for warning in one.warnings:
        words = sentence_of(warning)
        table.add_row(Text("!", style="yellow"), words.zh, Text(words.en, style="dim"))
    console.print(table)
