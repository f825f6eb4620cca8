"""`qianyin seal propose`: what happens to a seal only when two people want it."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.acting import AsOption, SecretOption, acting, say
from api.cli.options import DataOption, open_keyring
from licenses.roles import Act

__all__ = ["app"]

app = typer.Typer(name="propose", help="Ask for what takes two people. 提议", no_args_is_help=True)

SealArgument = Annotated[str, typer.Argument(help="The seal's alias.")]
KeyOption = Annotated[str, typer.Option(help="Alias of the key that will use it.")]
ReasonOption = Annotated[str, typer.Option(help="Why. 理由")]
RenewsOption = Annotated[
    str | None, typer.Option(help="The seal it takes the place of, grants and all.")
]


@app.command("make")
def make(  # noqa: PLR0913, PLR0917 - a seal has these parts
    seal: SealArgument,
    name: Annotated[str, typer.Option(help="The seal's name. 印章名称")],
    seal_id: Annotated[str, typer.Option(help="The seal's number, such as 14 digits.")],
    maker: Annotated[str, typer.Option(help="Alias of the maker's key, never the signer's.")],
    key: KeyOption,
    picture: Annotated[Path, typer.Option(help="PNG.")],
    by: AsOption,
    secret_file: SecretOption,
    width: Annotated[int, typer.Option(help="mm")] = 42,
    height: Annotated[int, typer.Option(help="mm")] = 42,
    days: Annotated[int, typer.Option(help="Days of validity.")] = 365,
    renews: RenewsOption = None,
    data: DataOption = None,
) -> None:
    """Ask that a seal be made (SESeal, GB/T 38540) and put into keys.toml. 提议制作印章。

    Example: `qianyin seal propose make second --name 示例市农业农村局电子印章 --seal-id
    99000000000002 --maker seal-maker --key seal-signer --picture seal.png --as zhang-shili
    --secret-file zhang.secret`
    """
    now = datetime.now(UTC)
    payload = {
        **_installed(data, seal, key, renews),
        "maker": maker,
        "seal_id": seal_id,
        "seal_name": name,
        "picture": _base64(picture),
        "width_mm": width,
        "height_mm": height,
        "valid_from": now.isoformat(),
        "valid_until": (now + timedelta(days=days)).isoformat(),
    }
    _propose(Act.SEAL_MAKE, payload, by, secret_file, data)


@app.command("import")
def take(  # noqa: PLR0913, PLR0917 - a seal that came from elsewhere has these parts
    seal: SealArgument,
    file: Annotated[Path, typer.Option(help="The .esl file a seal maker sent.")],
    maker_chain: Annotated[Path, typer.Option(help="The maker's chain, PEM, maker first.")],
    key: KeyOption,
    by: AsOption,
    secret_file: SecretOption,
    renews: RenewsOption = None,
    data: DataOption = None,
) -> None:
    """Ask that a seal from elsewhere be taken into keys.toml; one that is there stays. 提议导入。

    Example: `qianyin seal propose import second --file new.esl --maker-chain
    certificates/seal-maker.pem --key seal-signer --as zhang-shili --secret-file zhang.secret`
    """
    payload = {
        **_installed(data, seal, key, renews),
        "file": _base64(file),
        "maker_chain": maker_chain.read_text(encoding="ascii", errors="replace"),
    }
    _propose(Act.SEAL_IMPORT, payload, by, secret_file, data)


@app.command("grant")
def grant(  # noqa: PLR0913, PLR0917 - a grant has these parts
    seal: SealArgument,
    client: Annotated[str, typer.Option(help="The client or person who may use it.")],
    license_type: Annotated[
        list[str], typer.Option(help="May be repeated; * is any, document is `seal apply`.")
    ],
    by: AsOption,
    secret_file: SecretOption,
    per_day: Annotated[int | None, typer.Option(help="Uses a day, in Beijing.")] = None,
    in_all: Annotated[int | None, typer.Option(help="Uses in all.")] = None,
    since: Annotated[datetime | None, typer.Option("--from", help="UTC; now if absent.")] = None,
    until: Annotated[datetime | None, typer.Option(help="UTC; a year if absent.")] = None,
    data: DataOption = None,
) -> None:
    """Ask that a client or person may use the seal. 提议授权。

    Example: `qianyin seal propose grant authority --client approvals --license-type animal_clinic
    --per-day 200 --until 2027-06-30 --as zhang-shili --secret-file zhang.secret`
    """
    begin = (since or datetime.now(UTC)).replace(tzinfo=UTC)
    end = until.replace(tzinfo=UTC) if until else begin + timedelta(days=365)
    payload = {
        "seal": seal,
        "client": client,
        "license_types": license_type,
        "per_day": per_day,
        "in_all": in_all,
        "valid_from": begin.isoformat(),
        "valid_until": end.isoformat(),
    }
    _propose(Act.SEAL_GRANT, payload, by, secret_file, data)


@app.command("resume")
def resume(
    seal: SealArgument,
    reason: ReasonOption,
    by: AsOption,
    secret_file: SecretOption,
    data: DataOption = None,
) -> None:
    """Ask that a suspended seal be used again. 提议恢复。

    Example: `qianyin seal propose resume authority --reason 核查无误 --as zhang-shili
    --secret-file zhang.secret`
    """
    _propose(Act.SEAL_RESUME, {"seal": seal, "reason": reason}, by, secret_file, data)


@app.command("destroy")
def destroy(
    seal: SealArgument,
    reason: ReasonOption,
    by: AsOption,
    secret_file: SecretOption,
    data: DataOption = None,
) -> None:
    """Ask that a seal never be used again; what it sealed stays verifiable. 提议销毁。

    Example: `qianyin seal propose destroy second --reason 机构撤销 --as zhang-shili
    --secret-file zhang.secret`
    """
    _propose(Act.SEAL_DESTROY, {"seal": seal, "reason": reason}, by, secret_file, data)


def _installed(data: Path | None, seal: str, key: str, renews: str | None) -> dict[str, Any]:
    with open_keyring(data) as keyring:
        certificate = keyring.credential(key).certificate
    fingerprint = certificate.fingerprint
    return {"seal": seal, "key": key, "certificate_sm3": fingerprint, "renews": renews}


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode("ascii")


def _propose(
    act: Act, payload: Mapping[str, Any], by: str, secret_file: Path, data: Path | None
) -> None:
    with acting(data, by, secret_file) as desk:
        say(desk.governance.proposals.propose(act, payload, by=by, now=desk.now))
