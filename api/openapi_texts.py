"""What the API says about itself, in both languages."""

from importlib.metadata import version
from typing import Any

from api.tokens import Scope
from licenses.payloads import canonical, checked, payload_sm3
from licenses.roles import Act, Right

__all__ = [
    "DESCRIPTION",
    "EXAMPLE_APPROVAL",
    "EXAMPLE_GRANT",
    "EXAMPLE_IDENTIFIER",
    "EXAMPLE_PERSON",
    "EXAMPLE_REFUSAL",
    "EXAMPLE_REQUEST",
    "EXAMPLE_REVOCATION",
    "EXAMPLE_SEAL",
    "EXAMPLE_SUSPENSION",
    "EXAMPLE_TOKEN_REQUEST",
    "INTRODUCTION",
    "NOTES",
    "SCOPE_TEXTS",
    "TAGS",
    "TITLE",
    "VERSION",
]

TITLE = "钤印 Qianyin · 电子证照接口 Licence API"
VERSION = version("qianyin")
INTRODUCTION = (
    "颁发加盖 SM2/SM3 电子印章的证照，查询其现状，查验任何人手中的 PDF。",
    "Issue licences under an SM2/SM3 electronic seal, ask how they stand, verify anybody's PDF.",
)
NOTES = (
    "令牌 Tokens: POST /oauth/token, client credentials (RFC 6749), valid for ten minutes.",
    "重复请求 Repeating: POST /v1/licenses takes an Idempotency-Key; the same request under the "
    "same key gives the same licence, however often it is sent.",
    "错误 Errors: application/problem+json (RFC 9457), with a request_id that our log has too.",
    "时间 Time: days are calendar days in Beijing; moments are UTC, ISO 8601.",
)
DESCRIPTION = "\n\n".join((*INTRODUCTION, "\n".join(f"* {note}" for note in NOTES)))
TAGS: list[dict[str, Any]] = [
    {"name": "tokens", "description": "令牌 Access tokens"},
    {"name": "licenses", "description": "证照 Licences"},
    {"name": "verification", "description": "查验 Verification, open to all"},
    {"name": "operation", "description": "运行状态 Health"},
    {"name": "governance", "description": "三权分立 People, proposals, seals and their uses"},
]
SCOPE_TEXTS: dict[str, str] = {
    Scope.ISSUE: "颁发证照 Issue licences",
    Scope.MANAGE: "暂停、恢复、注销证照 Suspend, resume and revoke licences",
    Scope.READ: "查询证照 Read licences",
    Right.READ_PEOPLE: "查询管理员 Read who the administrators are",
    Right.READ_PROPOSALS: "查询提议 Read proposals",
    Right.READ_SEALS: "查询印章与授权 Read seals and grants",
    Right.READ_USES: "查询用印记录 Read the uses of seals",
    Right.PROPOSE: "提议 Propose what takes two people",
    Right.DECIDE: "批准或驳回 Approve or refuse what others propose",
    Right.REGISTER: "登记印章 Register seals",
    Right.STOP: "停用印章、收回授权 Suspend seals, withdraw grants",
    Right.DISABLE: "停用管理员 Disable administrators",
}
"""Those of systems, which an operator gives, and those of people, which their role gives."""

# The first licence a demo deployment issues in 2026: the tests run every example as it stands.
EXAMPLE_IDENTIFIER = "1.2.156.3005.2.11100000000013338W901.11990000000000001G.202600000001.001.0"
EXAMPLE_REQUEST: dict[str, Any] = {
    "license_type": "animal_clinic",
    "holder": {
        "name": "示例市样例动物医院有限公司",
        "code": "91990000MA0000001B",
        "code_type": "001",
    },
    "fields": {
        "legal_representative": "张示例",
        "premises": "示例省示例市样板区范例路一号一层",
        "scope": "动物疾病的预防、诊断、治疗和绝育手术",
    },
}
EXAMPLE_REVOCATION = {"reason": "持证人申请注销"}
EXAMPLE_TOKEN_REQUEST = {
    "grant_type": "client_credentials",
    "client_id": "approvals",
    "client_secret": "CLIENT_SECRET",
    "scope": "licenses:issue licenses:manage licenses:read",
}

# The demo's fifth and sixth proposal; this enrolment's secret was thrown away.
EXAMPLE_PERSON: dict[str, Any] = {
    "act": Act.PERSON_ADD.value,
    "payload": {
        "name": "zhao-moni",
        "full_name": "赵模拟（虚构）",
        "role": "security",
        "enrolment": "qye_" + "_".join(("5a3f0c91d2e7", "3c" * 16, "a7" * 32)),
    },
}
EXAMPLE_GRANT: dict[str, Any] = {
    "act": Act.SEAL_GRANT.value,
    "payload": {
        "seal": "authority",
        "client": "approvals",
        "license_types": ["animal_clinic"],
        "per_day": 200,
        "in_all": None,
        "valid_from": "2026-12-01T00:00:00+08:00",
        "valid_until": "2027-12-01T00:00:00+08:00",
    },
}
EXAMPLE_APPROVAL = {
    "payload_sm3": payload_sm3(
        Act.PERSON_ADD, canonical(checked(Act.PERSON_ADD, EXAMPLE_PERSON["payload"]))
    )
}
EXAMPLE_REFUSAL = {"reason": "材料不全"}
EXAMPLE_SEAL = {"alias": "second", "name": "示例市农业农村局电子印章（二）"}
EXAMPLE_SUSPENSION = {"reason": "核查"}
