"""What goes over the wire."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from licenses.license_types import LicenseType
from licenses.lifecycle import LicenseState, Standing, StandingKind
from licenses.records import LicenseRecord

__all__ = [
    "MOST_INTEGER",
    "HolderModel",
    "IssueRequest",
    "LicenseTypeView",
    "LicenseView",
    "ProblemView",
    "ReasonRequest",
    "StandingView",
    "Strict",
    "TokenView",
    "shallow",
]

_MOST_DEPTH = 16
MOST_INTEGER = 2**31 - 1
"""Of what a database keeps as INTEGER."""


def shallow(value: dict[str, Any]) -> dict[str, Any]:
    """Refuse what is nested deeper than any licence's fields are."""
    layer: list[Any] = [value]
    for _ in range(_MOST_DEPTH):
        layer = [
            inner
            for one in layer
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not layer:
            return value
    raise ValueError(f"nested deeper than {_MOST_DEPTH} levels")


Day = Annotated[str, Field(description="YYYY-MM-DD", examples=["2026-11-23"])]


class Strict(BaseModel):
    """A request without members nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HolderModel(Strict):
    """持证主体 Who the licence is for."""

    name: Annotated[str, Field(examples=["示例市样例动物医院有限公司"])]
    code: Annotated[str, Field(examples=["91990000MA0000001B"])]
    code_type: Annotated[
        str, Field(description="GB/T 36903: 001 统一社会信用代码, 111 身份号码 …", examples=["001"])
    ]


class IssueRequest(Strict):
    """一次颁发请求 What an approval system sends; `fields` fit the licence type's schema."""

    license_type: Annotated[str, Field(examples=["animal_clinic"])]
    holder: HolderModel
    fields: Annotated[dict[str, Any], AfterValidator(shallow)]
    valid_from: Day | None = None
    valid_until: Day | None = None

    def as_mapping(self) -> dict[str, Any]:
        """Return the request as the issuing path reads it, without what was not sent."""
        request: dict[str, Any] = {
            "license_type": self.license_type,
            "holder": self.holder.model_dump(),
            "fields": self.fields,
        }
        days = {"valid_from": self.valid_from, "valid_until": self.valid_until}
        return request | {name: day for name, day in days.items() if day is not None}


class ReasonRequest(Strict):
    """Why; kept in the register, shown to nobody but those who may read there."""

    # PostgreSQL keeps no NUL.
    reason: Annotated[
        str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$", examples=["持证人申请注销"])
    ]


class StandingView(BaseModel):
    """登记簿中的现状 How a licence stands today; `since` is the first day it holds."""

    kind: StandingKind
    since: date | None
    replaced_by: str | None

    @classmethod
    def of(cls, standing: Standing) -> "StandingView":
        """Return the view."""
        return cls(kind=standing.kind, since=standing.since, replaced_by=standing.replaced_by)


class AuthorityView(BaseModel):
    """颁发机构 Who issued."""

    name: str
    code: str


class LicenseView(BaseModel):
    """一份证照 One licence as the register holds it."""

    identifier: str
    number: str
    license_type: str
    type_version: int
    state: LicenseState
    standing: StandingView
    holder: HolderModel
    fields: dict[str, Any]
    authority: AuthorityView
    issue_date: date
    valid_from: date
    valid_until: date | None
    sealed_at: datetime | None
    file_sm3: str | None
    suspended_at: datetime | None
    suspended_reason: str | None
    revoked_at: datetime | None
    revoked_reason: str | None
    pdf: Annotated[str, Field(description="Where the sealed PDF is")]
    public_page: Annotated[str, Field(description="What the licence's QR code holds")]

    @classmethod
    def of(cls, record: LicenseRecord, standing: Standing, base_url: str) -> "LicenseView":
        """Return the view of a record."""
        own = {name: getattr(record, name) for name in _SAME_NAMES}
        return cls(
            **own,
            standing=StandingView.of(standing),
            holder=HolderModel(
                name=record.holder_name,
                code=record.holder_code,
                code_type=record.holder_code_type,
            ),
            fields=dict(record.fields),
            authority=AuthorityView(name=record.authority_name, code=record.authority_code),
            sealed_at=_utc(record.sealed_at),
            suspended_at=_utc(record.suspended_at),
            revoked_at=_utc(record.revoked_at),
            pdf=f"{base_url}/v1/licenses/{record.identifier}/pdf",
            public_page=f"{base_url}/l/{record.identifier}?c={record.access_code}",
        )


_SAME_NAMES = (
    "identifier",
    "number",
    "license_type",
    "type_version",
    "state",
    "issue_date",
    "valid_from",
    "valid_until",
    "file_sm3",
    "suspended_reason",
    "revoked_reason",
)


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


class FieldView(BaseModel):
    """一个字段 One field of a licence type."""

    name: str
    zh: str
    en: str
    short_name: Annotated[str, Field(description="GB/T 36903")]


class LicenseTypeView(BaseModel):
    """证照类型 A licence type: its fields, their schema, and a request that fits it."""

    slug: str
    version: int
    code: Annotated[str, Field(description="GB/T 36904, 21 characters")]
    title_zh: str
    title_en: str
    legal_basis: str
    holder_kinds: tuple[str, ...]
    fields: list[FieldView]
    fields_schema: Annotated[dict[str, Any], Field(description="JSON Schema 2020-12 of `fields`")]
    sample: Annotated[dict[str, Any], Field(description="A request that can be sent as it is")]

    @classmethod
    def of(cls, kind: LicenseType) -> "LicenseTypeView":
        """Return the view of an installed type."""
        return cls(
            slug=kind.slug,
            version=kind.version,
            code=kind.code,
            title_zh=kind.title_zh,
            title_en=kind.title_en,
            legal_basis=kind.legal_basis,
            holder_kinds=tuple(kind.holder_kinds),
            fields=[
                FieldView(name=one.name, zh=one.zh, en=one.en, short_name=one.short_name)
                for one in kind.fields
            ],
            fields_schema=dict(kind.schema),
            sample=dict(kind.sample),
        )


class TokenView(BaseModel):
    """RFC 6749 5.1."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: Annotated[int, Field(description="seconds")]
    scope: str


class FaultView(BaseModel):
    """One place of the request that is wrong."""

    pointer: Annotated[str, Field(description="JSON Pointer (RFC 6901)")]
    detail: str


class ProblemView(BaseModel):
    """RFC 9457, with the title in Chinese and the request's id beside."""

    type: str
    title: str
    title_zh: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[FaultView] | None = None


class VerdictView(BaseModel):
    """一句话结论 The verdict in one sentence, the same as on the page."""

    state: str
    zh: str
    en: str
    next_zh: str
    next_en: str


class RegisterView(BaseModel):
    """登记簿怎么说 The register's word; `differing` are GB/T 36903 names, never values."""

    identifier: str | None
    is_known: bool
    standing: StandingView
    has_register_data: bool | None
    is_registered_file: bool | None
    differing: list[str]
