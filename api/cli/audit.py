"""`qianyin audit`: sign the end of the audit trail, and find out whether anybody changed it."""

import sys
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer

from api.audit_desk import AuditDesk, audit_keys
from api.cli.options import DataOption, settings_for
from api.issuing_parts import now
from api.migrating import open_current
from licenses.checkpoints import Checkpoint, Checkpoints
from licenses.errors import AuditChainBroken, BadCheckpoint

__all__ = ["AuditExit", "app"]

app = typer.Typer(name="audit", help="The audit trail. 审计日志", no_args_is_help=True)


class AuditExit(IntEnum):
    """What a script may rely on."""

    HOLDS = 0
    BROKEN = 1
    CHECKPOINT_FORGED = 2
    NO_CHECKPOINT = 3
    """The lines hold together, but nothing says where they must end."""


@app.command("checkpoint")
def checkpoint(
    out: Annotated[
        Path | None, typer.Option(help="Write it here too; keep it on another machine.")
    ] = None,
    data: DataOption = None,
) -> None:
    """Sign where the audit trail ends now. 为审计日志签署检查点。

    Example: `qianyin audit checkpoint --out checkpoint.json`
    """
    settings = settings_for(data)
    made = AuditDesk(settings, open_current(settings), now).sign()
    if out is not None:
        out.write_text(made.to_json() + "\n", encoding="utf-8")
    typer.echo(f"line {made.head.sequence}  {made.head.hash}  {made.at.isoformat()}")


@app.command("verify")
def verify(
    checkpoint_file: Annotated[
        list[Path] | None, typer.Option("--checkpoint", help="One that was kept elsewhere.")
    ] = None,
    certificate: Annotated[
        list[Path] | None, typer.Option(help="Certificate of an earlier audit key, PEM.")
    ] = None,
    data: DataOption = None,
) -> None:
    """Recompute the whole chain and compare it with every checkpoint. 校验审计日志。

    Exit code: 0 holds · 1 a line was changed, removed, reordered or cut off · 2 a checkpoint is
    not signed by the audit key · 3 the lines hold, but there is no checkpoint.

    Example: `qianyin audit verify --checkpoint checkpoint.json`
    """
    settings = settings_for(data)
    engine = open_current(settings)
    try:
        others = [Checkpoint.from_json(one.read_text("utf-8")) for one in checkpoint_file or ()]
        keys = audit_keys(settings, certificate or ())
        head, count = Checkpoints(engine).verify(keys, others)
    except (AuditChainBroken, BadCheckpoint) as error:
        sys.stderr.write(f"{error}\n")
        is_forged = isinstance(error, BadCheckpoint)
        raise typer.Exit(AuditExit.CHECKPOINT_FORGED if is_forged else AuditExit.BROKEN) from error
    typer.echo(f"{head.sequence} lines hold, {count} checkpoints: {head.hash}")
    raise typer.Exit(AuditExit.HOLDS if count else AuditExit.NO_CHECKPOINT)
