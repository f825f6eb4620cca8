"""/l/{identifier}?c=…: where a licence's QR code leads, and only what a stranger may see."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from api.deps import ServicesDep
from api.errors import PageNotFound
from api.pages.language import Language, say_day
from api.pages.masking import mask_name
from api.pages.standings import standing_words
from api.pages.state_words import STATES
from api.pages.states import State, Tone
from api.pages.texts import texts_for
from api.routes.pages import Asked, language_of
from api.wiring import Services
from licenses.errors import LicenseNotFound
from licenses.holders import CODE_TYPES
from licenses.lifecycle import LicenseState, StandingKind, standing
from licenses.records import LicenseRecord

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_LOOKS: dict[StandingKind, State] = {
    StandingKind.IN_FORCE: State.IN_FORCE,
    StandingKind.NOT_YET_IN_FORCE: State.NOT_YET,
    StandingKind.SUSPENDED: State.SUSPENDED,
    StandingKind.REVOKED: State.REVOKED,
    StandingKind.EXPIRED: State.EXPIRED,
    StandingKind.REPLACED: State.REPLACED,
}


@dataclass(frozen=True, slots=True)
class LicenseCard:
    """What the page shows."""

    tone: Tone
    icon: str
    label: str
    title: str
    standing: str
    facts: tuple[tuple[str, str], ...]


@router.get("/l/{identifier}")
def show(
    identifier: str,
    request: Request,
    services: ServicesDep,
    access_code: Annotated[str, Query(alias="c")] = "",
    asked: Asked = None,
) -> Response:
    """Show the licence to whoever holds its code; anybody else learns nothing."""
    language = language_of(request, asked)
    page = services.pages.render(
        "license.html",
        language,
        card=_card(_found(identifier, access_code, services), services, language),
        access_code=access_code,
    )
    return HTMLResponse(page)


def _found(identifier: str, access_code: str, services: Services) -> LicenseRecord:
    record: LicenseRecord | None
    try:
        record = services.register.find_by_access(identifier, access_code)
    except LicenseNotFound:
        record = None
    if record is None or record.state is LicenseState.RESERVED:
        raise PageNotFound("there is nothing here")
    return record


def _card(record: LicenseRecord, services: Services, language: Language) -> LicenseCard:
    now_standing = standing(record, services.clock())
    look = STATES[_LOOKS[now_standing.kind]]
    kind = services.catalog.get(record.license_type)
    is_zh = language is Language.ZH
    label = _IN_FORCE if now_standing.kind is StandingKind.IN_FORCE else look.label
    return LicenseCard(
        tone=look.tone,
        icon="good" if now_standing.kind is StandingKind.IN_FORCE else look.icon,
        label=label[0] if is_zh else label[1],
        title=kind.title_zh if is_zh else kind.title_en,
        standing=standing_words(now_standing, language),
        facts=_facts(record, services, language),
    )


# The page knows the register, not the file: it must not say "genuine".
_IN_FORCE = ("登记有效", "In force")


def _facts(
    record: LicenseRecord, services: Services, language: Language
) -> tuple[tuple[str, str], ...]:
    t = texts_for(language)
    kind = services.catalog.get(record.license_type)
    holder_kind = CODE_TYPES[record.holder_code_type].holder_kind
    return (
        (t["license_type"], kind.title_zh if language is Language.ZH else kind.title_en),
        (t["license_number"], record.number),
        (t["license_identifier"], record.identifier),
        (t["license_authority"], record.authority_name),
        (t["license_holder"], mask_name(record.holder_name, holder_kind)),
        (t["license_issued"], say_day(record.issue_date, language)),
        (t["license_validity"], _period(record, language)),
    )


def _period(record: LicenseRecord, language: Language) -> str:
    t = texts_for(language)
    first = say_day(record.valid_from, language)
    if record.valid_until is None:
        return t["from_on"].format(first=first)
    gap = "" if language is Language.ZH else " "
    return f"{first}{gap}{t['until']}{gap}{say_day(record.valid_until, language)}"
