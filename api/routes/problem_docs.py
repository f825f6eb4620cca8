"""How routes tell OpenAPI which problems they answer with."""

from collections.abc import Mapping
from typing import Any

from api.schemas import ProblemView

__all__ = ["name_successes", "problem_schemas", "problems"]

_MEANINGS = {
    400: "请求格式错误 The request cannot be read",
    401: "缺少令牌或令牌无效 No token, or not a valid one",
    403: "权限不足 The token does not allow this",
    404: "没有找到 Not found",
    408: "传输超时 Too slow",
    409: "与当前状态冲突 Not in this state",
    413: "内容过大 Too large",
    422: "内容不符合要求 Not valid",
    429: "过于频繁 Too often; see Retry-After",
    501: "没有配置 Not set up here",
    503: "暂时不可用 Not now; see Retry-After",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses for these statuses."""
    return {
        status: {
            "description": _MEANINGS[status],
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": f"#/components/schemas/{ProblemView.__name__}"}
                }
            },
        }
        for status in statuses
    }


def problem_schemas() -> dict[str, Any]:
    """Return the schemas `problems` refers to, by name."""
    schema = ProblemView.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs"), ProblemView.__name__: schema}


def name_successes(document: Mapping[str, Any]) -> None:
    """Put both languages where the framework writes English by itself."""
    for item in document["paths"].values():
        for operation in item.values():
            for answer in operation["responses"].values():
                answer["description"] = _OWN_WORDS.get(answer["description"], answer["description"])


_OWN_WORDS = {"Successful Response": "成功 Done", "Not Modified": "未变 Not changed"}
