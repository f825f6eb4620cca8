"""`qianyin seal`: draw, make, import and inspect seals, and put one on a PDF."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import DataOption, open_keyring, settings_for
from api.issuing_parts import seal_desk
from keystore import SIGNER_ID_GM, Certificate, Seal, SealPlan, make_seal
from keystore.keyring_file import append_seal
from keystore.pictures import SealPicture, read_picture
from keystore.seal_drawing import SealCentre, SealDesign, draw_seal
from signing import SealPlacement, UnsignedPdf

__all__ = ["app"]

app = typer.Typer(name="seal", help="Electronic seals. 电子印章", no_args_is_help=True)

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


@app.command("make")
def make(  # noqa: PLR0913, PLR0917 - a seal has these parts
    name: NameOption,
    seal_id: Annotated[str, typer.Option(help="The seal's number, such as 14 digits.")],
    maker: Annotated[str, typer.Option(help="Alias of the maker's key.")],
    signer: Annotated[list[Path], typer.Option(help="A certificate that may use the seal, PEM.")],
    picture: Annotated[Path, typer.Option(help="PNG.")],
    out: OutOption,
    width: Annotated[int, typer.Option(help="mm")] = 42,
    height: Annotated[int, typer.Option(help="mm")] = 42,
    days: Annotated[int, typer.Option(help="Days of validity.")] = 365,
    data: DataOption = None,
) -> None:
    """Make a seal (SESeal, GB/T 38540) signed by its maker. 制作电子印章。

    Example: `qianyin seal make --name 示例市农业农村局 --seal-id 99000000000002 --maker seal-maker
    --signer certificates/seal-signer.pem --picture seal.png --out new.esl`
    """
    now = datetime.now(UTC)
    plan = SealPlan(
        seal_id=seal_id,
        name=name,
        type_code=3,
        picture=_picture(picture, width, height),
        signers=tuple(Certificate.from_pem(path.read_bytes()) for path in signer),
        created_at=now,
        valid_from=now,
        valid_until=now + timedelta(days=days),
    )
    with open_keyring(data) as keyring:
        made = make_seal(plan, maker=keyring.credential(maker), signer=keyring.signer(maker))
    out.write_bytes(made.der)
    _describe(made)


@app.command("show")
def show(file: Annotated[Path, typer.Argument(help="An .esl file.")]) -> None:
    """Read a seal, verify its maker's signature, and say what it holds. 查看印章文件。

    Example: `qianyin seal show authority.esl`
    """
    seal = Seal.from_der(file.read_bytes())
    seal.verify_maker_signature(signer_id=SIGNER_ID_GM)
    _describe(seal)


@app.command("import")
def take(
    file: Annotated[Path, typer.Argument(help="The .esl file a seal maker sent.")],
    key: Annotated[str, typer.Option(help="Alias of the key that will use it.")],
    alias: Annotated[str, typer.Option(help="The seal's name in keys.toml.")],
    maker_chain: Annotated[Path, typer.Option(help="The maker's chain, PEM, maker first.")],
    data: DataOption = None,
) -> None:
    """Check that a seal is whole and lists our key, and put it into the keyring. 导入印章。

    Example: `qianyin seal import new.esl --key seal-signer --alias second
    --maker-chain certificates/seal-maker.pem`
    """
    seal = Seal.from_der(file.read_bytes())
    with open_keyring(data) as keyring:
        append_seal(
            settings_for(data).keyring_file,
            keyring,
            alias=alias,
            seal=seal,
            key=key,
            maker_chain=Certificate.load_pem_chain(maker_chain.read_bytes()),
        )
    _describe(seal)


@app.command("apply")
def put(
    pdf: Annotated[Path, typer.Argument(help="The PDF to be sealed.")],
    out: OutOption,
    x: Annotated[float, typer.Option(help="Centre, mm from the left edge.")],
    y: Annotated[float, typer.Option(help="Centre, mm from the top edge.")],
    page: Annotated[int, typer.Option(help="Counted from 1.")] = 1,
    data: DataOption = None,
) -> None:
    """Put the deployment's seal on a PDF somebody else made. 在已有 PDF 上盖章。

    Example: `qianyin seal apply letter.pdf --out sealed.pdf --x 150 --y 240`
    """
    with open_keyring(data) as keyring:
        sealer = seal_desk(settings_for(data), keyring).sealer
        place = SealPlacement(page - 1, x, y)
        prepared = sealer.prepare(UnsignedPdf(pdf.read_bytes()), place, now=datetime.now(UTC))
        out.write_bytes(sealer.seal(prepared).data)
    typer.echo(str(out))


def _picture(path: Path, width: int, height: int) -> SealPicture:
    return read_picture(path.read_bytes(), width_mm=width, height_mm=height)


def _describe(seal: Seal) -> None:
    signers = [Certificate.from_der(der).common_name for der in seal.signer_certificates]
    lines = {
        "name": seal.name,
        "number": seal.seal_id,
        "version": seal.version,
        "maker": seal.maker.common_name,
        "signers": ", ".join(signers) or f"{len(seal.signer_digests)} by digest",
        "valid": f"{seal.valid_from:%Y-%m-%d} … {seal.valid_until:%Y-%m-%d}",
        "picture": f"{seal.picture.format} {seal.picture.width_mm}×{seal.picture.height_mm} mm",
    }
    for label, value in lines.items():
        typer.echo(f"{label:8} {value}")
