"""How often a property is tried: as often as it says, or fifty times that in the long profile."""

from hypothesis import HealthCheck, settings

__all__ = ["tried"]

_USUAL = 100
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def tried(times: int) -> settings:
    """Return the settings for that many examples under the profile in force."""
    factor = settings.default.max_examples // _USUAL
    return settings(max_examples=times * factor, deadline=None, suppress_health_check=_SLOW)
