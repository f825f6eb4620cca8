"""Anchors with the catalogue's slugs, and policies by name."""

from pathlib import Path

import pytest

from api.errors import BadSettings, UnknownPolicy
from api.settings import Settings
from api.trusting import chosen_policy, open_anchors, require_known_policies
from tests.fakes.sm2_people import world
from verify import BadTrustAnchor


def written(folder: Path, slug: str) -> Path:
    root = world().root.certificate
    (folder / "root.pem").write_bytes(root.to_pem())
    (folder / "trust.toml").write_text(
        f'''[[anchor]]
file = "root.pem"
source = "the tests"
obtained = 2026-01-05
sm3 = "{root.fingerprint}"
serves = ["signers"]
may_issue = [{{ organization = "示例", types = ["{slug}"] }}]
'''
    )
    return folder


def test_a_slug_is_the_code_of_its_type(tmp_path: Path) -> None:
    (rule,) = open_anchors(written(tmp_path, "animal_clinic")).rules.values()
    assert rule.may_issue[0].types == {"11100000000013338W901"}


def test_a_slug_nobody_knows_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(BadTrustAnchor, match="animal_hospital"):
        open_anchors(written(tmp_path, "animal_hospital"))


def test_a_policy_is_offered_or_refused() -> None:
    settings = Settings(policies=frozenset({"qianyin-strict"}), policy="qianyin-strict")
    require_known_policies(settings)
    assert chosen_policy(settings, None).name == "qianyin-strict"
    assert chosen_policy(settings, "qianyin-strict").name == "qianyin-strict"
    with pytest.raises(UnknownPolicy, match="qianyin-strict"):
        chosen_policy(settings, "qianyin-default")


@pytest.mark.parametrize(
    "changes",
    [{"policies": frozenset({"qianyin-default", "lenient"})}, {"policy": "lenient"}],
)
def test_a_policy_that_does_not_exist_stops_the_start(changes: dict) -> None:
    with pytest.raises(BadSettings, match="lenient"):
        require_known_policies(Settings(**changes))
