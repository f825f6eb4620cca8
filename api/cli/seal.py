"""`qianyin seal`: draw and inspect seals, put one on a PDF; their life is in two further files."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli import seal_life, seal_propose
from api.cli.acting import AsOption, SecretOption, acting
from api.cli.options import DataOption, open_keyring
from api.cli.terminal import plain
from api.issuing_parts import seal_desk
from keystore import SIGNER_ID_GM, Certificate, Seal
from keystore.seal_drawing import SealCentre, SealDesign, draw_seal
from licenses.grant_records import Asked
from licenses.seal_uses import DOCUMENT, document_use
from signing import SealPlacement, UnsignedPdf

__all__ = ["app"]

app = typer.Typer(name="seal", help="Electronic seals. 电子印章", no_args_is_help=True)
app.add_typer(seal_propose.app)
seal_life.add_commands(app)

NameOption = Annotated[str, typer.Option(help="The authority's legal name. 法定名称")]
OutOption = Annotated[Path, typer.Option(help="Where the result goes.")]


@app.command("draw")
def draw(
    name: NameOption,
    out: OutOption,
    centre: Annotated[SealCentre, typer.Option(help="star or plain")] = SealCentre.STAR,
    diameter: Annotated[int, typer.Option(help="In mm. 直径")] = 42,
    lower_text: Annotated[str, typer.Option(help="Straight text below the centre.")] = "",
) -> None:
    """Draw a round seal as a transparent PNG. 绘制圆形印章。

    Example: `qianyin seal draw --name 示例市农业农村局 --out seal.png`
    """
    picture = draw_seal(SealDesign(name, centre, diameter, lower_text))
    out.write_bytes(picture.data)
    typer.echo(f"{out}: {picture.width_mm} mm, {len(picture.data)} bytes")


@app.command("show")
def show(file: Annotated[Path, typer.Argument(help="An .esl file.")]) -> None:
    """Read a seal, verify its maker's signature, and say what it holds. 查看印章文件。

    Example: `qianyin seal show authority.esl`
    """
    seal = Seal.from_der(file.read_bytes())
    seal.verify_maker_signature(signer_id=SIGNER_ID_GM)
    _describe(seal)


@app.command("apply")
def put(  # noqa: PLR0913, PLR0917 - who, what and where
    pdf: Annotated[Path, typer.Argument(help="The PDF to be sealed.")],
    out: OutOption,
    x: Annotated[float, typer.Option(help="Centre, mm from the left edge.")],
    y: Annotated[float, typer.Option(help="Centre, mm from the top edge.")],
    by: AsOption,
    secret_file: SecretOption,
    page: Annotated[int, typer.Option(help="Counted from 1.")] = 1,
    data: DataOption = None,
) -> None:
    """Put the deployment's seal on a PDF of others, as one who has a grant. 在 PDF 上盖章。

    The grant is for the licence type `document`; the use is a line like any other.

    Example: `qianyin seal apply letter.pdf --out sealed.pdf --x 150 --y 240 --as zhang-shili
    --secret-file zhang.secret`
    """
    with acting(data, by, secret_file) as who, open_keyring(data) as keyring:
        desk = seal_desk(who.settings, keyring)
        place = SealPlacement(page - 1, x, y)
        prepared = desk.sealer.prepare(UnsignedPdf(pdf.read_bytes()), place, now=who.now)
        digest = prepared.digest.hex()
        asked = Asked(desk.alias, by, DOCUMENT, f"document:{digest}", who.now)
        with document_use(who.engine, asked, digest=digest, key=desk.key):
            sealed = desk.sealer.seal(prepared)
        out.write_bytes(sealed.data)
    typer.echo(str(out))


def _describe(seal: Seal) -> None:
    signers = [Certificate.from_der(der).common_name for der in seal.signer_certificates]
    lines = {
        "name": seal.name,
        "number": seal.seal_id,
        "version": seal.version,
        "maker": seal.maker.common_name,
        "SM3": f"{seal.maker.fingerprint} (of the maker's certificate, for trust.toml)",
        "signers": ", ".join(signers) or f"{len(seal.signer_digests)} by digest",
        "valid": f"{seal.valid_from:%Y-%m-%d} … {seal.valid_until:%Y-%m-%d}",
        "picture": f"{seal.picture.format} {seal.picture.width_mm}×{seal.picture.height_mm} mm",
    }
    for label, value in lines.items():
        typer.echo(f"{label:8} {plain(value)}")
