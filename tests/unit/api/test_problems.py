"""Every error of the house has a row in the one map, and nothing inside gets out by accident."""

import importlib
import inspect
import pkgutil

import pytest

from api import problems
from api.errors import ApiError, InsufficientScope, RateLimited
from keystore.errors import KeystoreError, KeyUnavailable
from licenses.errors import LicenseError
from signing.errors import SigningError
from verify.errors import VerifyError

PACKAGES = ("signing", "licenses", "verify", "keystore", "api", "hsm_adapters")


def _modules():
    for name in PACKAGES:
        package = importlib.import_module(name)
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if "migrations" not in found.name and not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


ROOTS = (KeystoreError, SigningError, VerifyError, LicenseError, ApiError)


def _errors():
    """Every class that descends from a package's root; a bare signal never leaves its package."""
    found = set()
    for module in _modules():
        for _, cls in inspect.getmembers(module, inspect.isclass):
            if issubclass(cls, ROOTS):
                found.add(cls)
    return sorted(found, key=lambda cls: (cls.__module__, cls.__name__))


def _leaves(errors):
    return [cls for cls in errors if not any(cls in other.__mro__[1:] for other in errors)]


def test_every_error_stands_in_the_errors_module_of_its_package():
    strays = {
        f"{cls.__module__}.{cls.__name__}"
        for cls in _errors()
        if cls.__module__.split(".", 1)[1] != "errors"
    }
    assert strays == set()


def test_every_error_has_a_row_of_its_own_or_of_an_ancestor():
    missing = [
        cls.__name__
        for cls in _leaves(_errors())
        if not any(parent in problems.PROBLEMS for parent in cls.__mro__)
    ]
    assert missing == []


def test_no_root_has_a_row_so_that_a_new_error_must_be_thought_about():
    assert problems.PROBLEMS.keys().isdisjoint(ROOTS)


def test_one_slug_means_one_thing():
    rows = [*problems.PROBLEMS.values(), problems.INTERNAL, problems.INVALID_REQUEST]
    by_slug = {}
    for row in rows:
        assert by_slug.setdefault(row.slug, row) == row


@pytest.mark.parametrize("row", sorted(problems.PROBLEMS.values(), key=lambda row: row.slug))
def test_a_row_can_be_told_to_a_person(row):
    assert 400 <= row.status < 600
    assert row.title
    assert row.title_zh
    assert row.slug == row.slug.lower()
    assert row.show_detail or row.status >= 401


def test_an_error_nobody_listed_is_internal_and_says_nothing():
    problem = problems.problem_for(ValueError("the secret is 42"))
    body = problems.problem_body(
        problem, detail="the secret is 42", instance="/x", request_id="r" * 8, base_url="https://l"
    )
    assert problem is problems.INTERNAL
    assert "42" not in str(body)
    assert body["request_id"] == "r" * 8


def test_a_device_that_does_not_answer_is_told_without_its_name():
    problem = problems.problem_for(KeyUnavailable("slot 3 of /opt/hsm/lib.so"))
    body = problems.problem_body(
        problem, detail="slot 3", instance="/x", request_id="r", base_url="https://l"
    )
    assert (problem.status, problem.retry_after) == (503, 5)
    assert "slot" not in str(body)


def test_a_shown_detail_is_the_errors_own_sentence():
    error = InsufficientScope("licenses:issue")
    body = problems.problem_body(
        problems.problem_for(error),
        detail=str(error),
        instance="/v1/licenses",
        request_id="r",
        base_url="https://l",
    )
    assert body == {
        "type": "https://l/problems/insufficient-scope",
        "title": "The access token does not allow this",
        "title_zh": "访问令牌权限不足",
        "status": 403,
        "detail": "this needs the scope licenses:issue",
        "instance": "/v1/licenses",
        "request_id": "r",
    }


def test_a_child_of_a_listed_error_is_told_as_its_parent():
    class TooOften(RateLimited):
        pass

    assert problems.problem_for(TooOften("x", 1)).slug == "rate-limited"
