"""What the API says about itself, in both languages."""

from importlib.metadata import version
from typing import Any

__all__ = [
    "DESCRIPTION",
    "EXAMPLE_IDENTIFIER",
    "EXAMPLE_REQUEST",
    "EXAMPLE_REVOCATION",
    "EXAMPLE_TOKEN_REQUEST",
    "INTRODUCTION",
    "NOTES",
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
]

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
