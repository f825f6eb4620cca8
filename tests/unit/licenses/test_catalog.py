import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from licenses.catalog import SHIPPED_TYPES, Catalog
from licenses.errors import BadLicenseType, UnknownLicenseType

CLINIC = SHIPPED_TYPES / "animal_clinic"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CLINIC, tmp_path / "types" / "animal_clinic"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def edit_schema(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "schema.json"
    schema = json.loads(path.read_text())
    change(schema)
    path.write_text(json.dumps(schema))


def test_the_shipped_types_are_found_by_their_slugs() -> None:
    catalog = Catalog.shipped()
    assert len(catalog) == 12
    assert [t.slug for t in catalog] == sorted(t.slug for t in catalog)
    assert catalog.get("animal_clinic").title_zh == "动物诊疗许可证"


def test_an_unknown_type_is_named() -> None:
    with pytest.raises(UnknownLicenseType, match="'horse'"):
        Catalog.shipped().get("horse")


def test_a_new_type_is_a_folder_and_no_code(folder: Path) -> None:
    shutil.copytree(folder, folder.parent / "cat_clinic")
    edit(folder.parent / "cat_clinic" / "type.toml", "W901", "W999")
    assert [t.slug for t in Catalog.from_directory(folder.parent)] == [
        "animal_clinic",
        "cat_clinic",
    ]


def test_shared_and_hidden_folders_and_files_are_no_types(folder: Path) -> None:
    (folder.parent / "_shared").mkdir()
    (folder.parent / ".git").mkdir()
    (folder.parent / "README.md").write_text("")
    assert len(Catalog.from_directory(folder.parent)) == 1


def test_a_directory_without_types_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadLicenseType, match="no licence type"):
        Catalog.from_directory(tmp_path)


def test_two_types_of_one_code_are_refused(folder: Path) -> None:
    shutil.copytree(folder, folder.parent / "cat_clinic")
    with pytest.raises(BadLicenseType, match="cat_clinic and animal_clinic share"):
        Catalog.from_directory(folder.parent)


@pytest.mark.parametrize("name", ["type.toml", "schema.json", "template.typ", "sample.json"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BadLicenseType, match=rf"animal_clinic.*{name}"):
        Catalog.from_directory(folder.parent)


def test_a_file_that_is_far_too_long_is_refused(folder: Path) -> None:
    (folder / "template.typ").write_bytes(b" " * (256 * 1024 + 1))
    with pytest.raises(BadLicenseType, match=r"template\.typ is over"):
        Catalog.from_directory(folder.parent)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("version = 1", "version = 0", "positive"),
        ("version = 1", 'version = "1"', "positive"),
        ("version = 1", "", "'version' is missing"),
        ("version = 1", "version = 1\nsurprise = 1", "unknown keys: surprise"),
        ("version = 1", "version =", "line"),
        ("W901", "W90", "malformed"),
        ('zh = "动物诊疗许可证"', 'zh = " "', "not a text"),
        ('"organization", "person"', '"ghost"', "holder kinds"),
        ('"organization", "person"', "", "holder kinds"),
        ('short = "KZ_CYDD"', 'short = "CYDD"', "malformed"),
        ('short = "KZ_CYDD"', 'short = "KZ_FDDBR"', "share a short name"),
        ('name = "premises"', 'name = "scope"', "listed twice"),
        ('name = "premises"', 'name = "place"', "different fields"),
        ('kind = "long_term"', 'kind = "eternal"', "eternal"),
        ('kind = "long_term"', 'kind = "long_term", years = 5', "years"),
        ('kind = "long_term"', 'kind = "fixed", years = "5"', "whole numbers"),
        ('kind = "long_term"', 'kind = "fixed", months = 5', "months"),
        ("anchor = true", "anchor = false", "'x_mm' is missing"),
        ("anchor = true", "x_mm = 2000, y_mm = 10", "off the page"),
        ("anchor = true", "x_mm = 20, y_mm = 10, page = 0", "positive"),
        ('border = "#1f6b45"', 'border = "green"', "colour"),
        ("{sequence:04d}", "", "sequence"),
    ],
)
def test_a_type_that_contradicts_itself_is_refused(
    folder: Path, old: str, new: str, why: str
) -> None:
    edit(folder / "type.toml", old, new)
    with pytest.raises(BadLicenseType, match=f"animal_clinic: .*{why}"):
        Catalog.from_directory(folder.parent)


def test_a_folder_whose_name_is_no_slug_is_refused(folder: Path) -> None:
    folder.rename(folder.parent / "Animal-Clinic")
    with pytest.raises(BadLicenseType, match="slug"):
        Catalog.from_directory(folder.parent)


def widen(change: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    return lambda schema: schema["properties"].update(scope={"title": "范围", **change})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda s: s.update(type="array"), "object"),
        (lambda s: s.update(additionalProperties=True), "additionalProperties"),
        (lambda s: s["properties"]["scope"].pop("title"), "no title"),
        (lambda s: s["properties"]["scope"].pop("maxLength"), "no maxLength"),
        (widen({"type": "array", "items": {"type": "string", "maxLength": 3}}), "no maxItems"),
        (
            widen({"type": "array", "maxItems": 3, "items": {"type": "string"}}),
            r"scope\[\] has no maxLength",
        ),
        (widen({"type": "object", "properties": {}}), "open"),
        (
            widen(
                {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"a": {"type": "string"}},
                }
            ),
            r"scope\.a has no maxLength",
        ),
        (widen({"type": "integer", "minimum": 0}), "unbounded"),
        (widen({}), "has type None"),
        (widen({"type": "nonsense"}), "nonsense"),
    ],
)
def test_a_schema_under_which_a_text_could_outgrow_the_page_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], None], why: str
) -> None:
    edit_schema(folder, change)
    with pytest.raises(BadLicenseType, match=why):
        Catalog.from_directory(folder.parent)


def test_bounded_numbers_and_choices_are_welcome(folder: Path) -> None:
    edit_schema(folder, widen({"type": "integer", "minimum": 0, "maximum": 9}))
    edit_schema(
        folder,
        lambda s: s["properties"].update(
            premises={"title": "地", "type": "string", "enum": ["甲"]}
        ),
    )
    assert len(Catalog.from_directory(folder.parent)) == 1


def test_a_place_in_millimetres_is_taken_as_it_is(folder: Path) -> None:
    edit(folder / "type.toml", "anchor = true", "x_mm = 230.5, y_mm = 168, page = 2")
    place = Catalog.from_directory(folder.parent).get("animal_clinic").seal
    assert (place.anchor, place.page, place.x_mm, place.y_mm) == (False, 2, 230.5, 168.0)
