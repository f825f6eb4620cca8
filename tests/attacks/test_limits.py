"""Each limit on an upload is kept: a file just over it is refused, or the part of it is left out."""

from collections.abc import Callable
from dataclasses import fields, replace

import pytest

from api.cli import verifying
from api.cli.main import run
from tests.fakes.pdf_documents import Document, document, stream
from tests.fakes.signature_values import Cms
from tests.fakes.signed_documents import Field, report_on, sealed, sealing, sign
from tests.fakes.sm2_people import NOW, world
from verify import DEFAULT_LIMITS, Indication, Limits, PdfTooLarge, read_metadata, read_upload

PASSED, REFUSED = Indication.TOTAL_PASSED, "refused"
FAILED, UNKNOWN = Indication.TOTAL_FAILED, Indication.INDETERMINATE
LICENCE = sealed(
    base=document(
        {
            6: b"<< /Names [(licence.json) 7 0 R] >>",
            7: b"<< /Type /Filespec /F (licence.json) /UF (licence.json) /EF << /F 8 0 R >> >>",
            8: stream(b'{"ZZMC":"a licence"}', b"/Type /EmbeddedFile"),
        },
        catalog=b"/Names << /EmbeddedFiles 6 0 R >>",
    )
)


def twice() -> Document:
    once = sign(document(), sealing(world()))
    return sign(once, replace(sealing(world()), name=b"S2"))


def pages() -> Document:
    more = {n: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>" for n in (8, 9)}
    tree = b"<< /Type /Pages /Kids [3 0 R 8 0 R 9 0 R] /Count 3 >>"
    return sealed(base=document({2: tree, **more}))


def streams() -> Document:
    return sealed().update_compressed({40: b"(" + b"a" * 500 + b")"})


def deep() -> Document:
    return sealed(
        base=document(
            {10: b"<< /A [[[[[[[[[[[[1]]]]]]]]]]]] >>"}, page=b"/X " + b"[" * 12 + b"]" * 12
        )
    )


def cosigned() -> Document:
    people = world()
    cms = Cms(attributes=False)
    how = Field(
        value=lambda signed: cms.over(signed, people.signer),
        image=None,
        dss=people.certificates,
        crls=people.crls(),
    )
    return sign(document(), how)


ROWS: dict[str, tuple[Callable[[], Document], int, object]] = {
    "file_bytes": (sealed, 1000, REFUSED),
    "pages": (pages, 2, REFUSED),
    "objects": (sealed, 5, REFUSED),
    "signed_objects": (twice, 10, REFUSED),
    "revisions": (twice, 2, REFUSED),
    "nesting_depth": (deep, 8, UNKNOWN),
    "expansion_bytes": (streams, 100, REFUSED),
    "signatures": (twice, 1, REFUSED),
    "digested_bytes": (cosigned, 1000, REFUSED),
    "contents_bytes": (sealed, 100, FAILED),
    "form_fields": (twice, 1, REFUSED),
    "certificates": (sealed, 1, UNKNOWN),
    "evidence_bytes": (sealed, 100, UNKNOWN),
    "all_evidence_bytes": (sealed, 1000, REFUSED),
    "picture_pixels": (sealed, 10, UNKNOWN),
}
ELSEWHERE = {
    "attachment_bytes": "below",
    "comparison_steps": "tests/unit/verify",
    "changes_listed": "tests/unit/verify",
    "opinion_steps": "tests/attacks/test_exhaustion.py",
}


def outcome(data: bytes, limits: Limits) -> object:
    try:
        return report_on(data, limits=limits).indication
    except PdfTooLarge:
        return REFUSED


def test_every_limit_has_its_attack() -> None:
    assert {one.name for one in fields(Limits)} == ROWS.keys() | ELSEWHERE.keys()


@pytest.mark.parametrize("name", ROWS)
def test_a_file_over_a_limit_does_not_pass(name: str) -> None:
    make, small, expected = ROWS[name]
    data = make().data
    assert outcome(data, DEFAULT_LIMITS) is PASSED
    assert outcome(data, replace(DEFAULT_LIMITS, **{name: small})) == expected


def test_an_attached_record_that_is_too_large_is_none() -> None:
    small = replace(DEFAULT_LIMITS, attachment_bytes=5)
    assert read_metadata(read_upload(LICENCE.data, limits=DEFAULT_LIMITS)) is not None
    assert read_metadata(read_upload(LICENCE.data, limits=small)) is None


def test_the_command_says_so_with_its_own_exit_code(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(verifying, "DEFAULT_LIMITS", replace(DEFAULT_LIMITS, pages=2))
    root, path = tmp_path / "root.pem", tmp_path / "a.pdf"
    root.write_bytes(world().root.certificate.to_pem())
    path.write_bytes(pages().data)
    assert run(["verify", str(path), "--trust", str(root), "--at", NOW.isoformat()]) == 3
