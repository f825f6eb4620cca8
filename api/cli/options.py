"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from api.errors import BadSettings
from api.issuing_parts import open_keyring as open_configured_keyring
from api.secrets_at_rest import vault_of
from api.settings import Settings
from keystore import Keyring
from keystore.vault import Vault

__all__ = ["AtOption", "DataOption", "TrustOption", "ask", "asking", "open_keyring", "settings_for"]

DataOption = Annotated[
    Path | None,
    typer.Option(help="The deployment's folder; else QIANYIN_DATA_DIR, else ./var. 部署目录"),
]

TrustOption = Annotated[
    list[Path] | None,
    typer.Option(help="A root (PEM); only these count then. 仅信任这些根证书"),
]

AtOption = Annotated[str | None, typer.Option(help="Judge as of this time, ISO 8601. 按此时间判断")]


def settings_for(data: Path | None, **explicit: Any) -> Settings:  # noqa: ANN401 - pydantic parses them
    """Return the deployment's settings; what is explicit wins over the environment."""
    values: dict[str, Any] = {} if data is None else {"data_dir": data}
    try:
        return Settings(**values, **explicit)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'settings'}: {one['msg']}"
            for one in error.errors()
        )
        raise BadSettings(faults) from error


def open_keyring(data: Path | None) -> Keyring:
    """Return the deployment's keyring; use it in a `with`."""
    return open_configured_keyring(settings_for(data))


def asking(settings: Settings) -> Vault:
    """Return the deployment's secrets; what no file holds, the person at the terminal is asked."""
    return vault_of(settings, ask)


def ask(name: str) -> str:
    """Ask the person at the terminal; nothing is echoed."""
    return str(typer.prompt(name, hide_input=True))
