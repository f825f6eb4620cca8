"""Settings say what they mean, and a name nobody knows is an error."""

import pytest
from pydantic import ValidationError

from api.settings import Settings
from verify import DEFAULT_LIMITS


@pytest.fixture
def settings_from(monkeypatch):
    def read(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(f"QIANYIN_{name}", value)
        return Settings()

    return read


def test_one_limit_is_set_and_the_others_stay(settings_from):
    limits = settings_from(LIMITS__PAGES="7").limits
    assert (limits.pages, limits.objects) == (7, DEFAULT_LIMITS.objects)


def test_several_limits_are_set_as_json(settings_from):
    limits = settings_from(LIMITS='{"pages": 7, "signatures": 3}').limits
    assert (limits.pages, limits.signatures) == (7, 3)


def test_the_largest_file_is_said_once(settings_from):
    assert settings_from(UPLOAD_BYTES="5000").upload_limits.file_bytes == 5000
    with pytest.raises(ValidationError, match="what upload_bytes says"):
        settings_from(LIMITS__FILE_BYTES="5000")


@pytest.mark.parametrize(
    "environment",
    [{"LIMITS__PAGE": "7"}, {"LIMITS__PAGES": "-1"}, {"LIMITS__PAGES": "many"}, {"LIMITS": "[]"}],
    ids=["unknown", "negative", "no number", "no object"],
)
def test_a_limit_that_means_nothing_is_an_error(settings_from, environment):
    with pytest.raises(ValidationError):
        settings_from(**environment)


def test_another_process_gets_the_same_limits(settings_from, monkeypatch):
    settings = settings_from(LIMITS__PAGES="7")
    monkeypatch.delenv("QIANYIN_LIMITS__PAGES")
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings
