"""What the API says about itself, in both languages."""

from importlib.metadata import version
from typing import Any

__all__ = ["DESCRIPTION", "INTRODUCTION", "NOTES", "TAGS", "TITLE", "VERSION"]

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
