"""Who made a seal: whether somebody here says that he may, and whether he made it for himself."""

import re
from enum import StrEnum

from keystore import Certificate, Seal
from verify.paths import Path
from verify.trust import TrustAnchors

__all__ = ["Naming", "is_in_name_of", "is_same_body", "naming_of"]

# What follows a legal name on a seal: 公章, 电子印章, 行政审批专用章（1）.
_KIND_OF_SEAL = re.compile(r"(\S{0,12}[章印])?([(\uff08]\w{1,4}[)\uff09])?")
_SPACES = re.compile(r"\s+")


class Naming(StrEnum):
    """What the operator says of a seal maker in `trust.toml`."""

    NAMED = "named"
    OTHERS_NAMED = "others_named"
    NOBODY_NAMED = "nobody_named"
    """The anchor leaves open who makes seals: whoever it certified could."""


def naming_of(path: Path, anchors: TrustAnchors) -> Naming:
    """Say whether the maker at the start of the path, or an authority above him, is named."""
    rule = anchors.rules.get(path.certificates[-1])
    if rule is None or not rule.makers:
        return Naming.NOBODY_NAMED
    is_named = any(one.fingerprint in rule.makers for one in path.certificates)
    return Naming.NAMED if is_named else Naming.OTHERS_NAMED


def is_same_body(maker: Certificate, signer: Certificate) -> bool:
    """Say whether both certificates are of one subject, as their CAs write it."""
    return maker.subject_der == signer.subject_der


def is_in_name_of(seal: Seal, signer: Certificate) -> bool:
    """Say whether the seal bears a name that the signer's certificate bears, or begins with it."""
    said = _SPACES.sub("", seal.name)
    names = (_SPACES.sub("", one) for one in (signer.common_name, signer.organization) if one)
    return any(said.startswith(one) and _KIND_OF_SEAL.fullmatch(said[len(one) :]) for one in names)
