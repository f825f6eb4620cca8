"""What the service says of an upload: the report, the register's word and one verdict, and how."""

import json
from typing import Any

from starlette.responses import JSONResponse, Response

from api.examination.page_changes import ChangedPage
from api.examining import Looked
from api.pages.language import Language
from api.pages.sheet import verdict_of
from api.report_desk import SignedForm
from api.report_pdf.content import Headline
from api.report_pdf.rendering import report_pdf
from api.schemas import StandingView
from api.wiring import Services
from licenses.checking import RegisterWord
from verify import View, view_of

__all__ = ["CMS", "PDF", "answer_of", "as_json", "on_paper", "signed"]

CMS = "application/cms"  # RFC 7193
PDF = "application/pdf"


def as_json(looked: Looked, view: View) -> Response:
    """Return the view as it is."""
    return JSONResponse(answer_of(looked, view))


def signed(looked: Looked, view: View, form: SignedForm, services: Services) -> Response:
    """Return the same JSON inside signed data; raises what `ReportDesk.sign` raises."""
    answer = answer_of(looked, view)
    content = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
    value = services.reports.sign(content, form, at=services.clock())
    return _download(value, CMS, "verification-report.p7m")


def on_paper(looked: Looked) -> Response:
    """Return the report as PDF under the verdict of the page."""
    zh, en = (
        verdict_of(looked.state, one, since=looked.word.standing.since)
        for one in (Language.ZH, Language.EN)
    )
    headline = Headline(
        tone=zh.tone,
        label=(zh.label, en.label),
        sentence=(zh.sentence, en.sentence),
        next_step=(zh.advice, en.advice),
    )
    made = report_pdf(looked.examined.findings.report, headline)
    return _download(made, PDF, "verification-report.pdf")


def _download(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


def answer_of(looked: Looked, view: View = View.DETAILED) -> dict[str, Any]:
    """Return the report with the register's word and the one verdict beside it."""
    found = looked.examined.findings
    since = looked.word.standing.since
    words = {one: verdict_of(looked.state, one, since=since) for one in Language}
    answer = {
        **view_of(found.report, view),
        "verdict": {
            "state": looked.state.value,
            "zh": words[Language.ZH].sentence,
            "en": words[Language.EN].sentence,
            "next_zh": words[Language.ZH].advice,
            "next_en": words[Language.EN].advice,
        },
        "register": _register(looked.word),
    }
    if view is View.SIMPLE:
        return answer
    pages = [_changed_page(one) for one in looked.examined.changed_pages]
    return {**answer, "changed_pages": pages, "record": found.record}


def _changed_page(page: ChangedPage) -> dict[str, Any]:
    regions = [list(one) for one in page.regions]
    return {"before": page.before, "after": page.after, "regions": regions}


def _register(word: RegisterWord) -> dict[str, Any]:
    return {
        "identifier": word.identifier,
        "is_known": word.is_known,
        "standing": StandingView.of(word.standing).model_dump(mode="json"),
        "has_register_data": word.has_register_data,
        "is_registered_file": word.is_registered_file,
        "differing": list(word.differing),
    }
