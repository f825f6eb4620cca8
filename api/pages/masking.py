"""What a stranger may see of a holder's name: enough to recognise it, not enough to learn it."""

__all__ = ["mask_code", "mask_name"]

_HIDDEN = "***"
_HIDDEN_PERSON = "**"
_MOST_SHOWN = 4  # of an organization's name, at its beginning
_LEAST_HIDDEN = 2
_CODE_HEAD = 3
_CODE_TAIL = 2

# What kind of body it is says nothing about which one it is.
_KINDS_OF_BODY = (
    "合作社联合社",
    "专业合作社",
    "合作社",
    "家庭农场",
    "动物医院",
    "事务所",
    "经营部",
    "养殖场",
    "公司",
    "农场",
    "医院",
    "诊所",
    "中心",
    "学校",
    "商行",
    "工厂",
    "厂",
    "场",
    "店",
    "站",
    "社",
)


def mask_name(name: str, holder_kind: str) -> str:
    """Mask a name; `holder_kind` is `person` or `organization`.

    The stars do not tell how much they hide.
    """
    name = name.strip()
    if not name:
        return _HIDDEN
    if holder_kind == "person":
        return name[0] + _HIDDEN_PERSON
    suffix = next((kind for kind in _KINDS_OF_BODY if name.endswith(kind)), "")
    core = name[: len(name) - len(suffix)]
    shown = max(0, min(_MOST_SHOWN, len(core) // 2, len(core) - _LEAST_HIDDEN))
    return core[:shown] + _HIDDEN + suffix


def mask_code(code: str) -> str:
    """Hide all but the first three and last two characters of a person's code."""
    if len(code) <= _CODE_HEAD + _CODE_TAIL + _LEAST_HIDDEN:
        return _HIDDEN
    return code[:_CODE_HEAD] + _HIDDEN + code[-_CODE_TAIL:]
