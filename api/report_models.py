"""The published form of a report: three views, each a model and a JSON Schema (2020-12)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas import RegisterView, VerdictView
from keystore import OcspStatus
from verify import (
    ChangeKind,
    CheckName,
    Coverage,
    Indication,
    Outcome,
    SignatureKind,
    SubIndication,
    TimeSource,
    View,
    schema_of,
)

__all__ = ["REPORT_MODELS", "AnyReport", "report_schemas"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Sm3 = Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="SM3, hex")]
Oid = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)+$")]
Hex = Annotated[str, Field(pattern="^[0-9a-f]*$")]
Base64 = Annotated[str, Field(json_schema_extra={"contentEncoding": "base64"})]
CodeName = Annotated[str, Field(pattern="^[A-Z][A-Z0-9_]*$", description="docs/error-list.md")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SentenceModel(_Strict):
    """一句话说明和下一步 What was found, and what the reader can do; empty: nothing to do."""

    zh: str
    en: str
    next_zh: str
    next_en: str


class CheckModel(_Strict):
    """一项检查 One check (a building block in ETSI EN 319 102-1)."""

    check: CheckName
    outcome: Outcome
    code: CodeName
    sub_indication: SubIndication | None
    detail: Annotated[str, Field(description="technical, English")]


class SealModel(_Strict):
    """印章 The seal, as it describes itself."""

    name: str
    seal_id: str
    maker: str
    valid_from: datetime
    valid_until: datetime
    picture_png: Base64 | None
    width_mm: int
    height_mm: int
    version: int


class SignerCertificateModel(_Strict):
    """签名者证书 The signer's certificate."""

    subject: str
    issuer: str
    serial: Annotated[str, Field(pattern="^-?[0-9A-F]+$", description="hex")]
    not_before: datetime
    not_after: datetime


class SignatureModel(_Strict):
    """一个签章 One signature with one result for each check, in the order they are made."""

    indication: Indication
    sub_indication: SubIndication | None
    kind: SignatureKind
    signer: str | None
    signed_at: datetime | None
    signed_at_source: TimeSource | None
    covers: Coverage
    checks: list[CheckModel]
    warnings: list[CodeName]
    field_name: str | None
    filter: str | None
    sub_filter: str | None
    page: Annotated[int | None, Field(ge=0, description="counted from 0")]
    rect: Annotated[
        tuple[float, float, float, float] | None,
        Field(description="points from the page's lower left"),
    ]
    seal: SealModel | None
    certificate: SignerCertificateModel | None


class _Report(_Strict):
    indication: Indication
    sub_indication: SubIndication | None
    checked_at: datetime
    file_sm3: Sm3
    verdict: VerdictView | None = None
    """Only the service's: its register's word counts in it."""
    register_: Annotated[RegisterView | None, Field(alias="register")] = None
    """Only the service's."""


class SimpleSignatureModel(_Strict):
    """一个签章 Who signed, when, under which seal, and what came of it."""

    indication: Indication
    sub_indication: SubIndication | None
    sentence: SentenceModel
    kind: SignatureKind
    signer: str | None
    signed_at: datetime | None
    signed_at_source: TimeSource | None
    seal: Annotated[str | None, Field(description="the seal's name")]


class SimpleReport(_Report):
    """简要 For a reader: the verdict, one sentence, who, when, which seal."""

    schema_: Annotated[Literal["verification-report-simple-1"], Field(alias="schema")]
    sentence: SentenceModel
    signatures: list[SimpleSignatureModel]


class ChangeModel(_Strict):
    """改动 One change; `page` from 0, null where it is on no page."""

    kind: ChangeKind
    page: int | None


class ChangesModel(_Strict):
    """签章后的改动 What was done after a signature that does not allow it."""

    since_signature: Annotated[int, Field(description="position in `signatures`, from 0")]
    signed_bytes: Annotated[int, Field(description="the file as signed is its first bytes")]
    found: list[ChangeModel]


class ChangedPageModel(_Strict):
    """改动的页面 A page that looks different now; rectangles in points from its lower left."""

    before: Annotated[int | None, Field(description="page as signed, from 0")]
    after: Annotated[int | None, Field(description="page as it is now, from 0")]
    regions: list[tuple[float, float, float, float]]


class _WholeReport(_Report):
    signatures: list[SignatureModel]
    policy: str
    anchors: list[Sm3]
    page_count: int
    changes: ChangesModel | None
    changed_pages: Annotated[
        list[ChangedPageModel], Field(description="what the pictures show; the service alone")
    ] = []
    explanations: Annotated[
        dict[CodeName, SentenceModel], Field(description="for every code in this report")
    ]
    record: Annotated[
        dict[str, Any] | None, Field(description="GB/T 36903, as the file has it")
    ] = None


class DetailedReport(_WholeReport):
    """详细 For a program: for each signature one result for each check."""

    schema_: Annotated[Literal["verification-report-1"], Field(alias="schema")]


class CertificateFactsModel(_Strict):
    """证书 A certificate that a chain goes through, DER in Base64."""

    sm3: Sm3
    subject: str
    issuer: str
    serial: Annotated[str, Field(pattern="^-?[0-9A-F]+$", description="hex")]
    not_before: datetime
    not_after: datetime
    algorithm: Oid
    der: Base64


class RevocationListFactsModel(_Strict):
    """吊销列表 A revocation list that was used; without `der` it is too large to be shown."""

    sm3: Sm3
    issuer: str
    this_update: datetime
    next_update: datetime | None
    entries: int
    der: Base64 | None


class OcspResponseFactsModel(_Strict):
    """OCSP 应答 An OCSP response; `responder` is whom it names, where that is known."""

    sm3: Sm3
    responder: str | None
    produced_at: datetime
    der: Base64


class OcspAnswerFactsModel(_Strict):
    """OCSP 答复 What a response says of a certificate; `counted`: for the time that counts."""

    response: Sm3
    certificate: Sm3
    status: OcspStatus
    revoked_at: datetime | None
    this_update: datetime
    next_update: datetime | None
    counted: bool


class SignatureFactsModel(_Strict):
    """签章的事实 The facts of one signature; certificates and lists by SM3, leaf first."""

    byte_range: tuple[int, int, int, int] | None
    revision: Annotated[int | None, Field(description="which it covers, counted from 1")]
    contents_bytes: int | None
    contents_sm3: Sm3 | None
    digests: Annotated[dict[str, Hex], Field(description="of the signed bytes, by algorithm")]
    content_type: Oid | None
    algorithms: list[Oid]
    claimed_at: datetime | None
    proven_at: datetime | None
    chains: list[list[Sm3]]
    maker_chain: list[Sm3]
    authority_chain: list[Sm3]
    revocation_lists: list[Sm3]
    ocsp_answers: list[OcspAnswerFactsModel]


class DiagnosisModel(_Strict):
    """事实 The facts behind a report; `signatures` in the report's order."""

    file_bytes: int
    fault: str | None
    revisions: Annotated[list[int], Field(description="offsets, oldest first")]
    signatures: list[SignatureFactsModel]
    certificates: list[CertificateFactsModel]
    revocation_lists: list[RevocationListFactsModel]
    ocsp_responses: list[OcspResponseFactsModel]
    policy: Annotated[dict[str, Any], Field(description="every switch of the policy")]
    policy_sm3: Sm3
    limits: dict[str, int]
    versions: dict[str, str]


class DiagnosticReport(_WholeReport):
    """诊断 For whoever checks the checks: the detailed view and the facts it rests on."""

    schema_: Annotated[Literal["verification-report-diagnostic-1"], Field(alias="schema")]
    diagnosis: DiagnosisModel | None


AnyReport = SimpleReport | DetailedReport | DiagnosticReport
REPORT_MODELS: dict[View, type[BaseModel]] = {
    View.SIMPLE: SimpleReport,
    View.DETAILED: DetailedReport,
    View.DIAGNOSTIC: DiagnosticReport,
}


def report_schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of every view, under the name that reports say as `schema`."""
    return {
        name: _published(name, model)
        for name, model in ((schema_of(view), model) for view, model in REPORT_MODELS.items())
    }


def _published(name: str, model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema()
    return {"$schema": DIALECT, "$id": f"urn:qianyin:schema:{name}", **schema}
