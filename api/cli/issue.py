"""`qianyin issue`: licences from files, without HTTP."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from api.cli.options import DataOption, settings_for
from api.issuing_parts import issuing
from licenses.errors import LicenseError
from licenses.issuing import MOST_TOGETHER
from licenses.issuing_path import IssuedLicense
from licenses.issuing_requests import IssuingRequest

__all__ = ["register"]

CLIENT = "command-line"
SOME_REFUSED = 1


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("issue")(issue)


def issue(
    requests: Annotated[list[Path], typer.Argument(help="JSON: one request, or a list of them.")],
    out: Annotated[Path, typer.Option(help="Folder for the PDFs.")],
    key: Annotated[str, typer.Option(help="Prefix of the idempotency keys.")],
    data: DataOption = None,
) -> None:
    """Issue licences from JSON files; run it again to go on where it stopped. 签发证照。

    The n-th request of FILE has the idempotency key KEY/FILE/n, so nothing is issued twice.

    Example: `qianyin issue approved.json --out issued --key 2026-11-23`
    """
    work = [
        IssuingRequest(request, CLIENT, f"{key}/{path.name}/{number}")
        for path in requests
        for number, request in enumerate(_requests(path), 1)
    ]
    out.mkdir(parents=True, exist_ok=True)
    refused = 0
    with issuing(settings_for(data)) as issuer:
        for first in track(range(0, len(work), MOST_TOGETHER), "issuing 签发"):
            company = work[first : first + MOST_TOGETHER]
            ends = issuer.issue_all(company)
            for end in ends:  # what was issued is there, whatever became of the others
                if isinstance(end.outcome, IssuedLicense):
                    made = end.outcome
                    (out / f"{made.record.identifier}.pdf").write_bytes(made.pdf)
            for request, end in zip(company, ends, strict=True):
                try:
                    end.answer()
                except LicenseError as error:
                    refused += 1
                    typer.echo(f"{request.idempotency_key}: {error}", err=True)
    typer.echo(f"{len(work) - refused} issued, {refused} refused")
    raise typer.Exit(SOME_REFUSED if refused else 0)


def _requests(path: Path) -> list[dict[str, object]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise typer.BadParameter(f"{path} is not JSON: {error}") from error
    return found if isinstance(found, list) else [found]
