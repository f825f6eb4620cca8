"""What the parts of a report are called on the pages, in both languages."""

from collections.abc import Mapping

from api.pages.texts import Pair
from verify.report import CheckName, Coverage, Outcome, SignatureKind, TimeSource

__all__ = ["CHECKS", "COVERAGE", "KINDS", "OUTCOMES", "POLICIES", "TIME_SOURCES"]

CHECKS: Mapping[CheckName, Pair] = {
    CheckName.FORMAT: ("签章结构", "Structure of the seal"),
    CheckName.COVERAGE: ("保护范围", "What the seal covers"),
    CheckName.INTEGRITY: ("内容完整", "Contents unchanged"),
    CheckName.CHANGES: ("签章后的改动", "Changes after sealing"),
    CheckName.CONTENT: ("可变内容", "Active content"),
    CheckName.VALUE: ("签名值", "Signature value"),
    CheckName.TIMESTAMP: ("签章时间", "Time of sealing"),
    CheckName.SIGNER: ("签章者证书", "Signer's certificate"),
    CheckName.CHAIN: ("证书链与信任锚", "Chain of trust"),
    CheckName.REVOCATION: ("证书是否吊销", "Revocation"),
    CheckName.SEAL: ("电子印章", "Electronic seal"),
    CheckName.APPEARANCE: ("印章图样", "Seal as shown"),
    CheckName.ACCEPTANCE: ("算法与策略", "Algorithms and policy"),
}

OUTCOMES: Mapping[Outcome, Pair] = {
    Outcome.PASSED: ("通过", "passed"),
    Outcome.FAILED: ("未通过", "failed"),
    Outcome.INDETERMINATE: ("无法判断", "not decided"),
}

COVERAGE: Mapping[Coverage, Pair] = {
    Coverage.ENTIRE_FILE: ("整个文件", "the whole file"),
    Coverage.ENTIRE_REVISION: (
        "签章当时的整个文件（其后又有追加）",
        "the whole file as it then was (something was added later)",
    ),
    Coverage.PARTIAL: ("只有文件的一部分", "only a part of the file"),
    Coverage.NONE: ("无法确定", "cannot be told"),
}

KINDS: Mapping[SignatureKind, Pair] = {
    SignatureKind.SEAL: ("电子签章", "Electronic seal"),
    SignatureKind.CMS: ("数字签名", "Digital signature"),
    SignatureKind.TIMESTAMP: ("文档时间戳", "Document timestamp"),
}

TIME_SOURCES: Mapping[TimeSource, str] = {
    TimeSource.CLAIMED: "time_claimed",
    TimeSource.TIMESTAMP: "time_proven",
}

POLICIES: Mapping[str, Pair] = {
    "qianyin-default": (
        "默认规则：凡有改动、凡有疑问，一概不予通过（qianyin-default）",
        "the default: whatever was changed or is in doubt does not pass (qianyin-default)",
    ),
    "qianyin-strict": (
        "严格规则：只认国密算法，逐级查吊销，格式一丝不差（qianyin-strict）",
        "strict: SM2 and SM3 only, revocation known at every step, no deviation (qianyin-strict)",
    ),
}
