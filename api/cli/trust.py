"""`qianyin trust`: the roots this deployment believes."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import DataOption, settings_for
from api.cli.terminal import plain
from api.issuing_parts import now
from api.revocation_refresh import make_refresher
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
        typer.echo(f"{path}  {plain(root.subject)}")


@app.command("refresh")
def refresh(data: DataOption = None) -> None:
    """Fetch the lists and ask the responders that certificates name. 更新吊销列表和 OCSP 应答。

    Asks only the hosts in QIANYIN_REVOCATION_HOSTS; what is fetched is kept when the signature
    of the issuer, or of a responder it named, holds. Exit code 1 when one could not be had.

    Example: `QIANYIN_REVOCATION_HOSTS='["crl.example.org"]' qianyin trust refresh`
    """
    refresher = make_refresher(settings_for(data), now)
    results = refresher.refresh()
    for one in results:
        told = plain("  ".join(filter(None, (one.url, one.about, one.fault))))
        typer.echo(f"{'✘' if one.fault else '✔'} {told}")
    for url in refresher.urls():
        if url not in {one.url for one in results}:
            typer.echo(f"- {plain(url)}  (its host is not in revocation_hosts)")
    raise typer.Exit(int(any(one.fault for one in results)))


@app.command("list")
def show(data: DataOption = None) -> None:
    """List the roots: fingerprint (SM3), last day, subject. 列出根证书。

    Example: `qianyin trust list`
    """
    anchors = open_anchors(settings_for(data).trust_dir)
    for root in Certificate.load_pem_chain(anchors.pem()):
        typer.echo(f"{root.fingerprint}  {root.not_after:%Y-%m-%d}  {plain(root.subject)}")
