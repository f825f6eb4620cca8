"""One provider for a scheme, or a sentence that says what is installed."""

from importlib.metadata import EntryPoint

import pytest

from hsm_adapters.soft import SoftProvider
from keystore import installed_schemes, provider_for
from keystore.errors import UnknownScheme
from keystore.registry import GROUP, provider_among


def point(name: str, value: str = "hsm_adapters.soft:SoftProvider") -> EntryPoint:
    return EntryPoint(name=name, value=value, group=GROUP)


def test_the_installed_scheme_is_found_by_its_entry_point():
    assert "soft" in installed_schemes()
    assert isinstance(provider_for("soft"), SoftProvider)
    assert provider_for("soft") is provider_for("soft")


def test_an_unknown_scheme_says_what_is_installed():
    with pytest.raises(UnknownScheme, match=r"0 key providers for 'skf:'.*installed: .*soft"):
        provider_for("skf")
    with pytest.raises(UnknownScheme, match="installed: none"):
        provider_among((), "soft")


def test_two_providers_for_one_scheme_are_an_error_never_a_race():
    with pytest.raises(UnknownScheme, match="2 key providers for 'soft:', one is needed"):
        provider_among((point("soft"), point("soft", "vendor:Soft")), "soft")


@pytest.mark.parametrize("value", ["no_such_module:Provider", "hsm_adapters.soft:NoSuchProvider"])
def test_a_provider_that_cannot_be_loaded_is_named(value):
    with pytest.raises(UnknownScheme, match="the provider of 'sdf:' cannot be loaded"):
        provider_among((point("sdf", value),), "sdf")
