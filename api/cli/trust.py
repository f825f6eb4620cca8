"""`qianyin trust`: the roots this deployment believes."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import DataOption, settings_for
from api.trusting import open_anchors
from keystore import Certificate

__all__ = ["app"]

app = typer.Typer(name="trust", help="Trust anchors. 信任的根证书", no_args_is_help=True)


@app.command("export")
def export(
    out: Annotated[Path, typer.Option(help="Where the PEM files go; made if missing.")],
    data: DataOption = None,
) -> None:
    """Write every root as a PEM file. 导出根证书。

    Example: `qianyin trust export --out roots`
    """
    anchors = open_anchors(settings_for(data).trust_dir)
    out.mkdir(parents=True, exist_ok=True)
    for root in Certificate.load_pem_chain(anchors.pem()):
        path = out / f"{root.fingerprint[:16]}.pem"
        path.write_bytes(root.to_pem())
        typer.echo(f"{path}  {root.subject}")


@app.command("list")
def show(data: DataOption = None) -> None:
    """List the roots: fingerprint (SM3), last day, subject. 列出根证书。

    Example: `qianyin trust list`
    """
    anchors = open_anchors(settings_for(data).trust_dir)
    for root in Certificate.load_pem_chain(anchors.pem()):
        typer.echo(f"{root.fingerprint}  {root.not_after:%Y-%m-%d}  {root.subject}")
