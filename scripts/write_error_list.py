"""Writes docs/error-list.md from the tables in `api.problems` and `verify.wording`."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from api import problems
from api.problems import PROBLEMS, Problem
from verify import Code
from verify.wording import NO_SIGNATURE, SENTENCES, VERDICTS, Sentence

__all__ = ["DOCUMENT", "error_list"]

DOCUMENT = Path(__file__).parents[1] / "docs" / "error-list.md"

_HEAD = """\
# Problems and verification codes 错误与检查代码

Written by `python -m scripts.write_error_list`; a test compares it with the code.

## Problems 接口错误

Answers of type `application/problem+json` (RFC 9457). `type` ends in the slug; `request_id` is \
in our log too. "Again" means that the same request may succeed later.

| slug | status | 中文 | English | again |
|---|---|---|---|---|
"""
_VERDICTS = """
## Verdicts 结论

| verdict | 中文 | English | what to do 下一步 |
|---|---|---|---|
"""
_CODES = """
## Codes of checks 检查代码

| code | 中文 | English | what to do 下一步 |
|---|---|---|---|
"""
_WARNINGS = """
## Warnings 提示

Departures from a standard that leave one reading of the bytes; a policy lists those it accepts.

| code | 中文 | English | what to do 下一步 |
|---|---|---|---|
"""
_NOTHING_TO_DO = "无需操作。 Nothing to do."


def error_list() -> str:
    """Return the whole document."""
    codes = {code.value for code in Code}
    warnings = {name: one for name, one in SENTENCES.items() if name not in codes}
    return "".join(
        (
            _HEAD,
            *(_problem(row) for row in _problems()),
            _VERDICTS,
            *(_code(name, one) for name, one in VERDICTS.items()),
            _code("(no signature)", NO_SIGNATURE),
            _CODES,
            *(_code(name, SENTENCES[name]) for name in map(str, Code)),
            _WARNINGS,
            *(_code(name, one) for name, one in warnings.items()),
        )
    )


def _problems() -> Iterable[Problem]:
    """Every row, those of no error of ours included, by slug."""
    rows = [*PROBLEMS.values(), *_constants()]
    return sorted({row.slug: row for row in rows}.values(), key=lambda row: row.slug)


def _constants() -> Iterator[Problem]:
    return (value for value in vars(problems).values() if isinstance(value, Problem))


def _problem(row: Problem) -> str:
    again = "yes" if row.retry_after or row.status in (408, 429, 503) else ""
    return f"| `{row.slug}` | {row.status} | {row.title_zh} | {row.title} | {again} |\n"


def _code(name: str, one: Sentence) -> str:
    step = f"{one.next_zh} {one.next_en}".strip() or _NOTHING_TO_DO
    return f"| `{name}` | {one.zh} | {one.en} | {step} |\n"


if __name__ == "__main__":
    DOCUMENT.write_text(error_list(), encoding="utf-8")
