"""Looking at an upload as a whole: the examination, the register's word, and one state."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.errors import ApiError
from api.examination.findings import Examined
from api.pages.sheet import Evidence
from api.pages.states import State
from api.pages.verdicts import decide
from api.problems import problem_for
from api.trusting import chosen_policy
from api.uploads import Upload
from api.wiring import Services
from licenses.checking import RegisterWord
from verify.errors import VerifyError

__all__ = ["Looked", "look_at"]


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of it."""

    examined: Examined
    word: RegisterWord
    state: State

    def evidence(self, file_name: str, anchor_names: Mapping[str, str]) -> Evidence:
        """Return what a result sheet is made of."""
        examined, found = self.examined, self.examined.findings
        return Evidence(
            file_name,
            found.report,
            self.word,
            found.record,
            examined.pictures,
            anchor_names,
            examined.changed_pages,
        )


def look_at(
    upload: Upload,
    services: Services,
    *,
    pictures: bool,
    facts: bool = False,
    policy: str | None = None,
) -> Looked:
    """Examine an upload by a policy, the default one for None.

    Raises `UnknownPolicy` and what `Examinations.examine` and the register raise.
    """
    now = services.clock()
    chosen = chosen_policy(services.settings, policy)
    services.watch.look()
    try:
        examined = services.examinations.examine(
            upload, at=now, policy=chosen, pictures=pictures, facts=facts
        )
    except (ApiError, VerifyError) as error:
        services.metrics.observe_verdict(problem_for(error).slug)
        raise
    found = examined.findings
    word = services.checker.word(file_sm3=found.report.file_sm3, metadata=found.record, now=now)
    state = decide(found.report, word)
    services.metrics.observe_verdict(state.value)
    return Looked(examined, word, state)
