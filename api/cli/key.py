"""`qianyin key`: make a key, ask a CA for its certificate, take the certificate in."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from api.cli import key_drill, key_serving, key_steps
from api.cli.options import DataOption, asking, open_keyring, settings_for
from api.issuing_parts import now
from api.migrating import open_current
from keystore import KeyUri, PublicKey, installed_schemes, provider_for
from keystore.issuing_ca import distinguished_name
from keystore.opening import generate_key, open_key
from keystore.ports import GeneratesKeys, ListsKeys
from keystore.refused_pins import RefusedPins
from keystore.requests import import_chain, make_request
from keystore.suites import suite_of, to_spki
from licenses.key_life import STEPS, KeyStep
from licenses.keys import KeyName, Keys
from verify import key_sm3

__all__ = ["app"]

app = typer.Typer(name="key", help="Keys and certificates. 密钥与证书", no_args_is_help=True)
key_drill.register(app)
key_serving.register(app)
key_steps.register(app)

UriArgument = Annotated[
    str, typer.Argument(help="Such as soft:path=keys/a.key?pin-source=secrets/keys.pass")
]


@app.command("generate")
def generate(uri: UriArgument, data: DataOption = None) -> None:
    """Make a key where it will live: in a file, a TPM, a token. 生成密钥。

    Example: `qianyin key generate "soft:path=keys/a.key?pin-source=secrets/keys.pass"`
    """
    name = KeyUri.parse(uri).resolved(settings_for(data).data_dir.absolute())
    provider = provider_for(name.scheme)
    if not isinstance(provider, GeneratesKeys):
        raise typer.BadParameter(f"{name.scheme}: keys are made by the device's own tools")
    public_key = generate_key(provider, name, asking(settings_for(data)))
    _record(data, name, public_key, KeyStep.GENERATE)
    typer.echo(f"{name}\n{suite_of(public_key).name} public key {to_spki(public_key).hex()}")


@app.command("request")
def request(
    uri: UriArgument,
    out: Annotated[Path, typer.Option(help="The PKCS #10 request, PEM.")],
    organization: Annotated[str, typer.Option(help="The authority's legal name. 单位法定名称")],
    common_name: Annotated[str | None, typer.Option(help="Else the organisation.")] = None,
    data: DataOption = None,
) -> None:
    """Write a certificate request for a CA. 生成证书请求（PKCS #10）。

    Example: `qianyin key request "soft:path=keys/a.key?pin-source=secrets/keys.pass"
    --organization 示例市农业农村局 --out a.csr`
    """
    name = KeyUri.parse(uri).resolved(settings_for(data).data_dir.absolute())
    with open_key(name, asking(settings_for(data))) as key:
        subject = distinguished_name(
            country="CN", organization=organization, common_name=common_name or organization
        )
        der = make_request(key, subject)
        _record(data, name, key.public_key, KeyStep.REQUEST)
    out.write_bytes(x509.load_der_x509_csr(der).public_bytes(Encoding.PEM))
    typer.echo(f"{out}: send it to the CA, then: qianyin key import")


@app.command("import")
def take(
    uri: UriArgument,
    chain: Annotated[Path, typer.Argument(help="What the CA sent back, PEM, in any order.")],
    out: Annotated[Path, typer.Option(help="The chain, leaf first, for keys.toml.")],
    data: DataOption = None,
) -> None:
    """Check that a CA's answer fits the key and write the chain in order. 导入证书链。

    Example: `qianyin key import "soft:path=keys/a.key?pin-source=secrets/keys.pass" answer.pem
    --out certificates/a.pem`
    """
    name = KeyUri.parse(uri).resolved(settings_for(data).data_dir.absolute())
    with open_key(name, asking(settings_for(data))) as key:
        credential = import_chain(name, key.public_key, chain.read_bytes())
    leaf = credential.certificate
    _record(data, name, leaf.public_key, KeyStep.CERTIFY, leaf.not_after)
    out.write_bytes(b"".join(one.to_pem() for one in credential.chain))
    typer.echo(f"{out}: {len(credential.chain)} certificates, {leaf.subject}")


@app.command("forget-refusal")
def forget_refusal(
    key: Annotated[str, typer.Argument(help="Its alias in keys.toml, or its URI.")],
    data: DataOption = None,
) -> None:
    """Let a PIN that the device refused be shown again: the device was mended. 允许重试口令。

    Example: `qianyin key forget-refusal seal-signer`
    """
    settings = settings_for(data)
    uris = [KeyUri.parse(key).resolved(settings.data_dir.absolute())] if ":" in key else []
    if not uris:
        with open_keyring(data) as keyring:
            credential = keyring.credential(key)
            uris = [credential.uri, *credential.mirrors]
    forgotten = [RefusedPins.of(one, asking(settings)).forget() for one in uris]
    typer.echo("it will be tried once more" if any(forgotten) else "no refusal is remembered")


@app.command("list")
def show(
    data: DataOption = None,
    device: Annotated[str | None, typer.Option(help="List what a device holds instead.")] = None,
) -> None:
    """List the deployment's keys and their certificates, or a device's keys. 列出密钥。

    Example: `qianyin key list`, `qianyin key list --device "sdf:module-path=/opt/hsm/libsdf.so"`
    """
    if device is not None:
        _list_device(KeyUri.parse(device).resolved(settings_for(data).data_dir.absolute()))
        return
    typer.echo(f"adapters: {', '.join(installed_schemes())}")
    states = {one.sm3: one.state for one in Keys(open_current(settings_for(data))).all()}
    with open_keyring(data) as keyring:
        for alias in keyring.aliases:
            one = keyring.credential(alias)
            until = one.certificate.not_after
            state = states.get(key_sm3(one.public_key), "-")
            name = one.certificate.common_name
            typer.echo(f"{alias}  {state}  {one.uri}  {name}  until {until:%Y-%m-%d}")


def _list_device(uri: KeyUri) -> None:
    provider = provider_for(uri.scheme)
    if not isinstance(provider, ListsKeys):
        raise typer.BadParameter(f"{uri.scheme}: keys are listed by the device's own tools")
    for name, public_key in provider.list_keys(uri).items():
        typer.echo(f"{name}  {suite_of(public_key).name}  {to_spki(public_key).hex()}")


def _record(
    data: Path | None,
    uri: KeyUri,
    public_key: PublicKey,
    step: KeyStep,
    not_after: datetime | None = None,
) -> None:
    """Note the step; a key that went further keeps its state: a renewed certificate, say."""
    keys = Keys(open_current(settings_for(data)))
    name = KeyName(key_sm3(public_key), str(replace(uri, query=())), str(uri), not_after)
    known = keys.find(name.sm3)
    if known is None or known.state in STEPS[step][0]:
        keys.step(name, step, by=key_steps.operator(), now=now())
