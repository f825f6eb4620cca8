"""Putting the commands together, and what a command does with an error."""

import logging
import sys

import typer
from typer.exceptions import TyperException

from api.cli import (
    audit,
    bench,
    client,
    demo,
    doctor,
    issue,
    key,
    migrate,
    person,
    proposal,
    report,
    seal,
    secrets_at_rest,
    serve,
    trust,
    verifying,
)
from api.cli.terminal import plain
from api.errors import ApiError
from keystore.errors import KeystoreError
from keystore.process_memory import forbid_cores
from licenses.errors import LicenseError
from signing.errors import SigningError
from verify.errors import VerifyError

__all__ = ["app", "main", "run"]

EXPECTED = (ApiError, KeystoreError, LicenseError, SigningError, VerifyError, OSError)
REFUSED = 64
"""EX_USAGE of sysexits.h: 1 to 4 belong to the verdicts of `qianyin verify`."""
INTERRUPTED = 130

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
for module in (client, person, proposal, seal, key, secrets_at_rest, trust, audit, report):
    app.add_typer(module.app)


def main() -> None:
    """Run one command; an expected error is one sentence on standard error and exit code 64."""
    forbid_cores()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    try:
        code = app(arguments, standalone_mode=False)
    except typer.Abort:
        return INTERRUPTED
    except TyperException as error:
        sys.stderr.write(f"qianyin: {error}\nqianyin --help\n")
        return REFUSED
    except EXPECTED as error:
        sys.stderr.write(f"qianyin: {plain(error)}\n")
        return REFUSED
    return code if isinstance(code, int) else 0
