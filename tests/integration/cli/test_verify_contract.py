"""The contract of `qianyin verify` for scripts: names, exit codes, JSON keys."""

import io
import json
import re
from pathlib import Path

import pikepdf
import pytest

from api.cli.main import run
from keystore import Certificate
from tests.fakes.pdf_documents import document
from tests.fakes.report_schemas import require_published_form
from tests.fakes.signed_documents import sealing, sign
from tests.fakes.sm2_people import NOW, world

SIGNATURE_KEYS = {
    "indication",
    "sub_indication",
    "kind",
    "signer",
    "signed_at",
    "covers",
    "checks",
}
SHARED = Path(__file__).parents[4] / "shared" / "corpus"


@pytest.fixture
def root(demo: Path) -> str:
    return str(demo / "trust" / "root.pem")


def _json(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


@pytest.fixture
def clinic(demo: Path) -> Path:
    return demo / "issued" / "animal_clinic.pdf"


def test_every_issued_licence_passes(demo: Path, root: str) -> None:
    for path in (demo / "issued").glob("*.pdf"):
        assert run(["verify", str(path), "--trust", root]) == 0, path


def test_a_policy_is_chosen_by_name(
    clinic: Path, demo: Path, root: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["verify", str(clinic), "--data", str(demo), "--json", "--policy"]
    assert run([*asked, "qianyin-strict"]) == 0
    assert _json(capsys)["policy"] == "qianyin-strict"
    bare = ["verify", str(clinic), "--trust", root, "--json", "--policy", "qianyin-strict"]
    assert run(bare) == 2, "a bare root does not say who makes seals"
    assert "SEAL_MAKER_NOT_NAMED" in capsys.readouterr().out
    assert run([*asked, "anything-goes"]) not in range(5)
    assert "qianyin-default, qianyin-strict" in capsys.readouterr().err


EXPECTED = {
    "one-byte-changed": 1,
    "signature-value-changed": 1,
    "page-overlaid": 1,
    "annotation-added": 1,
    "rewritten-by-editor": 1,
    "seal-pasted-on": 4,
    "truncated": 1,
    "signature-emptied": 1,
    "byte-range-shortened": 1,
    "forged-seal": 2,
    "never-sealed": 4,
    "unknown-issuer": 2,
}


def test_every_forgery_has_its_exit_code(demo: Path, root: str) -> None:
    found = {
        path.stem: run(["verify", str(path), "--trust", root])
        for path in (demo / "tampered").glob("*.pdf")
    }
    assert found == EXPECTED


def test_the_json_has_the_keys_scripts_rely_on(
    clinic: Path, root: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["verify", str(clinic), "--trust", root, "--json"]) == 0
    report = _json(capsys)
    assert report["indication"] == "TOTAL_PASSED"
    (signature,) = report["signatures"]
    assert signature.keys() >= SIGNATURE_KEYS
    assert signature["kind"] == "seal"
    assert signature["signer"] == "示例市农业农村局"
    assert signature["covers"] == "ENTIRE_FILE"
    assert all(check["outcome"] == "PASSED" for check in signature["checks"])


@pytest.mark.parametrize("view", ["simple", "detailed", "diagnostic"])
def test_every_view_is_in_its_published_form(
    demo: Path, root: str, view: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in sorted((demo / "tampered").glob("*.pdf")):
        run(["verify", str(path), "--trust", root, "--json", "--view", view])
        require_published_form(_json(capsys))


def test_only_the_named_roots_count(
    demo: Path, clinic: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from datetime import UTC, datetime

    from api.demo.authorities import make_pki
    from keystore import no_secrets

    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "keys.pass").write_text("another deployment")
    make_pki(tmp_path, no_secrets, authority="另一示例局", now=datetime.now(UTC))
    other = str(tmp_path / "trust" / "root.pem")
    data = ["--data", str(demo)]
    assert run(["verify", str(clinic), *data]) == 0
    assert run(["verify", str(clinic), *data, "--trust", other]) == 2
    both = ["--trust", other, "--trust", str(demo / "trust" / "root.pem")]
    assert run(["verify", str(clinic), *both]) == 0


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("2100-01-01T00:00:00Z", 2),
        ("2020-01-01", 2),
        ("2020-01-01T00:00:00+08:00", 2),
    ],
)
def test_a_time_outside_the_certificates_cannot_pass(
    clinic: Path, root: str, at: str, code: int
) -> None:
    assert run(["verify", str(clinic), "--trust", root, "--at", at]) == code


def test_a_time_that_is_none_is_refused(
    clinic: Path, root: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for at in ("yesterday", "0001-01-01T00:00:00+08:00"):
        assert run(["verify", str(clinic), "--trust", root, "--at", at]) == 64
    assert "ISO 8601" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"hello", b"%PDF-1.7\nnothing more", b"\x00" * 4096])
def test_what_is_no_pdf_is_3(
    tmp_path: Path, root: str, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(content)
    assert run(["verify", str(path), "--trust", root]) == 3
    assert run(["verify", str(path), "--trust", root, "--json"]) == 3
    out = capsys.readouterr().out
    assert json.loads(out)["signatures"] == []


def test_a_missing_file_is_3(tmp_path: Path, root: str) -> None:
    assert run(["verify", str(tmp_path / "none.pdf"), "--trust", root]) == 3


def test_a_page_without_signature_is_4(
    tmp_path: Path, root: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.pdf"
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(path)
    assert run(["verify", str(path), "--trust", root]) == 4
    capsys.readouterr()
    assert run(["verify", str(path), "--trust", root, "--json"]) == 4
    assert _json(capsys)["signatures"] == []


def test_without_any_anchor_nothing_passes(
    clinic: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["verify", str(clinic), "--data", str(tmp_path)]) == 2
    assert "--trust" in capsys.readouterr().err


def _value_replaced(pdf: bytes, **entries: object) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        field = opened.Root.AcroForm.Fields[0]
        for key, value in entries.items():
            if value is None:
                if "/" + key in field.V:
                    del field.V["/" + key]
            else:
                field.V["/" + key] = value
        opened.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "entries",
    [
        {"ByteRange": None},
        {"ByteRange": pikepdf.Array()},
        {"Contents": None},
        {"Contents": pikepdf.String("")},
        {"Contents": None, "ByteRange": None},
    ],
    ids=["no ByteRange", "empty ByteRange", "no Contents", "empty Contents", "neither"],
)
def test_a_field_with_an_unusable_value_is_1_never_4(
    clinic: Path, tmp_path: Path, root: str, entries: dict[str, object]
) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(_value_replaced(clinic.read_bytes(), **entries))
    assert run(["verify", str(path), "--trust", root]) == 1


@pytest.mark.parametrize("name", [b"/ByteRange", b"/Contents"])
def test_a_null_in_the_signature_dictionary_is_1(
    clinic: Path, tmp_path: Path, root: str, name: bytes
) -> None:
    pdf = clinic.read_bytes()
    start = pdf.index(b"/Type /Sig")
    pattern = re.compile(re.escape(name) + rb" (\[[^\]]*\]|<[0-9a-f]*>) *")
    found = pattern.search(pdf, start)
    assert found is not None
    null = (name + b" null").ljust(len(found.group()))
    path = tmp_path / "x.pdf"
    path.write_bytes(pdf[: found.start()] + null + pdf[found.end() :])
    assert run(["verify", str(path), "--trust", root]) == 1


def test_published_forgeries_with_a_broken_field_are_1(root: str) -> None:
    forgeries = sorted(SHARED.glob("attacks/pdf-insecurity/usf_*.pdf"))
    if not forgeries:
        pytest.skip("the shared corpus of published forgeries is not here")
    for path in forgeries:
        assert run(["verify", str(path), "--trust", root]) == 1, path.name


def test_what_the_deployment_revoked_since_no_longer_passes(demo: Path, tmp_path: Path) -> None:
    import shutil
    from datetime import UTC, datetime, timedelta

    from api.secrets_at_rest import vault_of
    from api.settings import Settings
    from keystore import KeyUri, Signer, provider_for
    from keystore.issuing_ca import IssuingCa

    folder = tmp_path / "deployment"
    shutil.copytree(demo, folder)
    signer, issuing, _ = Certificate.load_pem_chain(
        (folder / "certificates" / "seal-signer.pem").read_bytes()
    )
    uri = KeyUri.parse("soft:path=keys/issuing.key?pin-source=secrets/keys.pass").resolved(folder)
    now = datetime.now(UTC)
    with provider_for("soft").open(uri, vault_of(Settings(data_dir=folder))) as key:
        ca = IssuingCa(issuing.x509.subject, Signer(key, key.public_key))
        revoked = ca.revoke(
            {signer.serial: now - timedelta(days=1)},
            number=2,
            this_update=now,
            next_update=now + timedelta(days=7),
        )
    (folder / "crl" / "issuing.crl").write_bytes(revoked.der)
    licence = str(folder / "issued" / "animal_clinic.pdf")
    later = ["--at", (now + timedelta(hours=1)).isoformat()]
    assert run(["verify", licence, "--data", str(folder), *later]) in (1, 2)
    # Named roots alone: the list inside the file is all that is known.
    root = str(folder / "trust" / "root.pem")
    assert run(["verify", licence, "--trust", root, *later]) == 0


def test_the_report_can_be_printed(clinic: Path, demo: Path, root: str, tmp_path: Path) -> None:
    out = tmp_path / "report.pdf"
    assert run(["verify", str(clinic), "--trust", root, "--pdf", str(out)]) == 0
    assert out.read_bytes().startswith(b"%PDF-")
    forged = demo / "tampered" / "one-byte-changed.pdf"
    assert run(["verify", str(forged), "--trust", root, "--pdf", str(out)]) == 1
    missing = tmp_path / "no" / "folder.pdf"
    assert run(["verify", str(clinic), "--trust", root, "--pdf", str(missing)]) == 64


def test_stored_evidence_gives_the_same_report_where_there_is_no_deployment(
    clinic: Path, demo: Path, root: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle, nowhere = tmp_path / "evidence.zip", ["--data", str(tmp_path / "nowhere")]
    first = ["verify", str(clinic), "--data", str(demo), "--json", "--save-evidence", str(bundle)]
    assert run(first) == 0
    report = capsys.readouterr().out
    for own in (["--trust", root, *nowhere], ["--data", str(demo)]):
        assert run(["verify", str(clinic), "--evidence", str(bundle), "--json", *own]) == 0
        again = capsys.readouterr()
        assert again.out == report
        assert "byte for byte" in again.err
        assert "NOT" not in again.err
    forged = demo / "tampered" / "one-byte-changed.pdf"
    assert run(["verify", str(forged), "--evidence", str(bundle), *nowhere]) == 64
    assert "another file" in capsys.readouterr().err


def test_a_forgery_does_not_pass_because_its_forger_sends_the_evidence_along(
    demo: Path, root: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = world()
    forged, bundle = tmp_path / "forged.pdf", tmp_path / "evidence.zip"
    forged.write_bytes(sign(document(), sealing(people)).data)
    theirs = tmp_path / "theirs.pem"
    theirs.write_bytes(people.root.certificate.to_pem())
    named = ["--trust", str(theirs), "--at", NOW.isoformat()]
    assert run(["verify", str(forged), *named, "--save-evidence", str(bundle)]) == 0
    capsys.readouterr()
    given = ["verify", str(forged), "--evidence", str(bundle)]
    for own in (["--data", str(tmp_path)], ["--data", str(demo)], ["--trust", root]):
        assert run([*given, *own]) == 2
        told = capsys.readouterr()
        assert "NOT one of yours" in told.err
        assert "this is no pass" in told.err
        assert NOW.isoformat() in told.err, "a forger chooses the time as well"
    assert run([*given, "--trust", str(theirs)]) == 0


def test_stored_rules_that_say_more_of_a_root_than_ours_are_not_ours(
    clinic: Path, demo: Path, root: str, tmp_path: Path
) -> None:
    bundle, strict = tmp_path / "evidence.zip", ["--data", str(demo)]
    run(["verify", str(clinic), "--trust", root, "--save-evidence", str(bundle)])
    assert run(["verify", str(clinic), "--evidence", str(bundle), *strict]) == 2
    assert run(["verify", str(clinic), "--evidence", str(bundle), "--trust", root]) == 0


def test_evidence_that_does_not_fit_is_refused(
    clinic: Path, demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "evidence.zip"
    run(["verify", str(clinic), "--data", str(demo), "--save-evidence", str(bundle)])
    at = ["--at", "2026-11-23"]
    assert run(["verify", str(clinic), "--evidence", str(bundle), *at]) == 64
    assert "brings its own policy" in capsys.readouterr().err
    bundle.write_bytes(bundle.read_bytes().replace(b"TOTAL_PASSED", b"TOTAL_FAILED"))
    assert run(["verify", str(clinic), "--evidence", str(bundle)]) == 64
    assert run(["verify", str(clinic), "--evidence", str(tmp_path / "none.zip")]) == 64
