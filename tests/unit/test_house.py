"""The house rules that no tool holds by itself."""

import ast
import re
import subprocess
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("signing", "licenses", "verify", "keystore", "api", "hsm_adapters")
# Written in halves, or this file would break its own rule.
FOREIGN = {
    "the machine this was written on": re.compile(r"(?<![\w.])/wor" + r"k/"),
    "its library": re.compile(r"\.librar" + r"y\b"),
    "a package registry": re.compile(r"(pypi|pythonhoste" + r"d|npmjs|crates)\.(org|io|com)"),
}


def sources(*packages: str) -> Iterator[tuple[str, ast.Module]]:
    for package in packages:
        for file in sorted((ROOT / package).rglob("*.py")):
            yield str(file.relative_to(ROOT)), ast.parse(file.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> set[str]:
    """The top-level packages a file imports, wherever in it."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(str(node.module).partition(".")[0])
    return found


def tracked() -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this is not a git checkout, or git is not installed")
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [one for one in files if one.is_file()]


@pytest.mark.parametrize("name", OURS)
def test_no_other_distribution_owns_our_names(name):
    assert set(packages_distributions().get(name, [])) <= {"qianyin"}


def test_nothing_names_a_place_that_is_not_ours():
    found = []
    for file in tracked():
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{file}: {name}" for name, form in FOREIGN.items() if form.search(text)]
    assert found == []


def test_nobody_imports_an_adapter():
    others = [one for one in OURS if one != "hsm_adapters"]
    assert [name for name, tree in sources(*others) if "hsm_adapters" in imports(tree)] == []


def test_pure_python_sm2_is_imported_in_tests_only():
    assert [name for name, tree in sources(*OURS) if "gmssl" in imports(tree)] == []


def test_the_environment_is_read_in_the_settings_only():
    """One place hands settings down to further processes; it writes and reads nothing."""
    found = []
    for name, tree in sources(*OURS):
        writes = {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr == "update"
        }
        for node in ast.walk(tree):
            named = getattr(node, "attr", getattr(node, "name", getattr(node, "arg", None)))
            if named in ("environ", "environb", "getenv", "envvar"):
                is_handing_down = name == "api/serving.py" and node in writes
                found += [] if is_handing_down else [name]
    assert set(found) <= {"api/settings.py"}


def test_relative_imports_are_not_used():
    relative = [
        name
        for name, tree in sources(*OURS)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def test_the_tests_shadow_nothing():
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def locked(name: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE)


LESSER = re.compile(r"LGPL|Lesser General Public")


@pytest.mark.parametrize("name", locked("requirements-dev.lock"))
def test_no_dependency_is_under_a_licence_that_would_bind_us(name):
    try:
        told = metadata(name)
    except PackageNotFoundError:
        pytest.skip(f"{name} is not installed on this platform")
    licences = [told.get("License-Expression") or "", (told.get("License") or "").split("\n")[0]]
    licences += [one for one in told.get_all("Classifier") or [] if one.startswith("License")]
    said = " ".join(licences)
    if name not in locked("requirements.lock"):  # the tests may use what the product may not
        said = LESSER.sub("", said)
    assert not re.search(r"GPL|General Public|Affero|SSPL", said)
