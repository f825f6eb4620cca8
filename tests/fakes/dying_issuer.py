"""A process that issues licences together and kills itself right after a named step."""

import json
import os
import signal
import sys
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from api.issuing_parts import issuing
from api.settings import Settings
from licenses.issuing_path import IssuingStep
from licenses.issuing_requests import IssuingRequest
from licenses.issuing_verbs import IssuingVerbs


def die_within(verb: str, which: int) -> None:
    """Have the process die at the end of the `which`-th such verb, before anything is committed."""
    written, made = getattr(IssuingVerbs, verb), count(1)

    def write_and_die(*arguments: Any, **named: Any) -> Any:
        done = written(*arguments, **named)
        if next(made) == which:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    setattr(IssuingVerbs, verb, write_and_die)


def main(folder: str, step: str, which: str, request: str, *keys: str) -> None:
    """Die when `step` was made for the `which`-th time, or within a verb of the register."""
    made: list[IssuingStep] = []
    if hasattr(IssuingVerbs, step):
        die_within(step, int(which))

    def die(done: IssuingStep) -> None:
        made.append(done)
        if done == step and made.count(done) == int(which):
            os.kill(os.getpid(), signal.SIGKILL)

    company = [IssuingRequest(json.loads(request), "approvals", key) for key in keys]
    with issuing(Settings(data_dir=Path(folder))) as issuer:
        ends = replace(issuer, on_step=die).issue_all(company)
    sys.stdout.write(" ".join(end.answer().record.identifier for end in ends))


if __name__ == "__main__":
    main(*sys.argv[1:])
