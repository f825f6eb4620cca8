"""Putting the commands together, and what a command does with an error."""

import logging
import sys

import typer

from api.cli import bench, client, demo, doctor, issue, key, migrate, seal, serve, trust, verifying
from api.errors import ApiError
from keystore.errors import KeystoreError
from licenses.errors import LicenseError
from signing.errors import SigningError
from verify.errors import VerifyError

__all__ = ["app", "main"]

EXPECTED = (ApiError, KeystoreError, LicenseError, SigningError, VerifyError, OSError)
REFUSED = 2

app = typer.Typer(
    name="qianyin",
    help="钤印 Qianyin: electronic licences and e-seals. 电子证照与电子印章。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
for module in (serve, migrate, issue, verifying, demo, bench, doctor):
    module.register(app)
for module in (client, seal, key, trust):
    app.add_typer(module.app)


def main() -> None:
    """Run one command; an expected error is one sentence on standard error and exit code 2."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        app()
    except EXPECTED as error:
        sys.stderr.write(f"qianyin: {error}\n")
        sys.exit(REFUSED)
