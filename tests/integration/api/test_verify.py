"""POST /v1/verify: what it finds, and what strangers send instead of a PDF."""

import io
import shutil
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import jsonschema
import pikepdf
import pytest

from api.demo.tampering import TAMPERINGS
from keystore import sm3
from tests.fakes import sm2_people
from tests.fakes.report_schemas import require_published_form
from tests.fakes.signed_documents import sealed
from tests.integration.api.conftest import ALL_SCOPES, open_world
from verify import QIANYIN_DEFAULT, Evidence, read_signed_report

FAKES = Path(__file__).parents[2] / "fakes"
CORPUS = Path(__file__).parents[4] / "shared" / "corpus"


def slug_of(answer):
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    return answer.json()["type"].rpartition("/")[2]


def test_our_own_licence_is_genuine_in_force_and_the_registered_file(world, issued, issued_pdf):
    answer = world.verify(issued_pdf)
    body = answer.json()
    assert answer.status_code == 200
    assert body["indication"] == "TOTAL_PASSED"
    assert body["verdict"]["state"] == "in-force"
    assert body["register"]["identifier"] == issued["identifier"]
    assert body["register"]["is_registered_file"] is True
    assert body["register"]["has_register_data"] is True
    assert body["record"]["ZZBH"] == issued["number"]
    assert body["file_sm3"] == issued["file_sm3"]
    assert [check["outcome"] for check in body["signatures"][0]["checks"]] == ["PASSED"] * 13


def test_what_the_register_says_later_is_said_of_the_same_file(world):
    made = world.issue("to-be-revoked").json()
    pdf = world.pdf(made["identifier"])
    for verb, state in (("suspend", "suspended"), ("resume", "in-force"), ("revoke", "revoked")):
        path = f"/v1/licenses/{made['identifier']}/{verb}"
        world.http.post(path, json={"reason": "检查"}, headers=world.auth())
        body = world.verify(pdf).json()
        assert body["indication"] == "TOTAL_PASSED", "the seal is as genuine as before"
        assert body["verdict"]["state"] == state


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_tampered_licence_is_never_genuine(world, issued_pdf, name):
    body = world.verify(TAMPERINGS[name](issued_pdf)).json()
    assert body["indication"] != "TOTAL_PASSED"
    assert body["verdict"]["state"] not in {"in-force", "genuine"}


def test_a_licence_under_anothers_seal_is_an_impostor_here_and_unknown_elsewhere(
    world, new_world, issued_pdf
):
    """Another deployment has other roots: what it sees of our file is an unknown issuer."""
    from api.demo.deployment import make_deployment
    from api.issuing_parts import now

    other = new_world()
    data = other.services.settings.data_dir
    foreign = data.parent / "foreign"
    make_deployment(foreign, now=now())
    for name in ("keys", "certificates", "seals", "trust", "crl", "secrets"):
        if (foreign / name).exists():
            __import__("shutil").copytree(foreign / name, data / name, dirs_exist_ok=True)
    # The running examiners still trust the old root; what is sealed from now on has the new one.
    other.services.desk.close()
    body = other.verify(other.pdf(other.issue("ours").json()["identifier"])).json()
    assert body["indication"] == "INDETERMINATE"
    assert body["verdict"]["state"] == "impostor"


@pytest.mark.parametrize("name", ["qianyin-default", "qianyin-strict"])
def test_a_policy_is_chosen_by_its_name(world, issued_pdf, name):
    body = world.verify(issued_pdf, params={"policy": name}).json()
    assert (body["policy"], body["indication"]) == (name, "TOTAL_PASSED")


@pytest.mark.parametrize("name", ["anything-goes", "", "x" * 65])
def test_a_policy_nobody_offers_is_refused(world, blank_pdf, name):
    answer = world.verify(blank_pdf(), params={"policy": name})
    assert answer.status_code == 422
    assert slug_of(answer) in {"unknown-policy", "invalid-request"}


def test_a_pdf_without_any_seal_is_a_report_not_an_error(world, blank_pdf):
    body = world.verify(blank_pdf()).json()
    assert (body["indication"], body["signatures"]) == ("INDETERMINATE", [])
    assert body["verdict"]["state"] == "unsigned"
    assert body["register"]["is_known"] is False


# Three views of one report.


def test_every_view_says_the_same_and_names_its_schema(world, issued_pdf):
    answers = {}
    for view in ("simple", "detailed", "diagnostic"):
        body = world.verify(issued_pdf, params={"view": view}).json()
        schema = world.http.get(f"/schemas/{body['schema']}.json")
        assert schema.headers["Content-Type"] == "application/schema+json"
        jsonschema.Draft202012Validator.check_schema(schema.json())
        jsonschema.validate(body, schema.json(), cls=jsonschema.Draft202012Validator)
        answers[view] = body
    assert {one["verdict"]["state"] for one in answers.values()} == {"in-force"}
    assert "record" not in answers["simple"]
    plain = world.verify(issued_pdf).json()
    assert plain.keys() == answers["detailed"].keys()
    assert answers["diagnostic"].keys() == {*plain, "diagnosis"}


def test_another_view_is_refused(world, issued_pdf):
    answer = world.verify(issued_pdf, params={"view": "everything"})
    assert (answer.status_code, slug_of(answer)) == (422, "invalid-request")


def test_there_is_no_other_schema(world):
    assert world.http.get("/schemas/verification-report-0.json").status_code == 404


# What is not a PDF, or more than one may be.


@pytest.mark.parametrize("data", [b"hello", b"%PDF-", b"\x00" * 5000, b"<html></html>"])
def test_what_is_not_a_pdf_is_refused(world, data):
    answer = world.verify(data)
    assert (answer.status_code, slug_of(answer)) == (422, "not-a-pdf")


def test_an_encrypted_pdf_is_refused(world, blank_pdf):
    data = blank_pdf(encryption=pikepdf.Encryption(owner="o", user="u"))
    answer = world.verify(data)
    assert (answer.status_code, slug_of(answer)) == (422, "encrypted-pdf")
    open_to_all = blank_pdf(encryption=pikepdf.Encryption(owner="o", user=""))
    assert slug_of(world.verify(open_to_all)) == "encrypted-pdf"


def test_a_truncated_licence_never_passes(world, issued_pdf):
    for length in (100, len(issued_pdf) // 2, len(issued_pdf) - 10):
        answer = world.verify(issued_pdf[:length])
        if answer.status_code == 200:
            assert answer.json()["indication"] != "TOTAL_PASSED"
        else:
            assert slug_of(answer) in {"not-a-pdf", "pdf-over-limit"}


def test_ten_thousand_pages_are_too_many(world, blank_pdf):
    answer = world.verify(blank_pdf(10_000))
    assert (answer.status_code, slug_of(answer)) == (422, "pdf-over-limit")


def test_a_fifty_megabyte_object_is_refused_before_it_is_held(world, blank_pdf):
    data = blank_pdf() + b"\n9 0 obj\n(" + b"x" * (50 * 1024 * 1024) + b")\nendobj\n"
    answer = world.verify(data)
    assert (answer.status_code, slug_of(answer)) == (413, "body-too-large")


def test_a_fifty_megabyte_object_packed_small_is_over_a_limit_or_only_unsigned(world):
    bomb = zlib.compress(b"\x00" * (50 * 1024 * 1024), 9)
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page()
        stream = pikepdf.Stream(pdf, bomb)
        stream.Filter = pikepdf.Name.FlateDecode
        page.Contents = pdf.make_indirect(stream)
        out = io.BytesIO()
        pdf.save(out, compress_streams=False)
    answer = world.verify(out.getvalue())
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:
        assert answer.json()["verdict"]["state"] == "unsigned"


def test_a_zip_bomb_where_the_reader_must_unpack_it_is_over_a_limit(world):
    packed = zlib.compress(b"0 " * (100 * 1024 * 1024), 9)
    head = (
        b"%%PDF-1.7\n1 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>\nstream\n"
    )
    body = head % len(packed) + packed + b"\nendstream\nendobj\n"
    xref = (
        b"2 0 obj\n<</Type/XRef/Size 3/W[1 4 1]/Root 1 0 R/Filter/FlateDecode/Length %d>>\nstream\n"
    )
    tail = b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(body)
    begun = time.monotonic()
    answer = world.verify(body + xref % len(packed) + packed + tail)
    assert answer.status_code == 422
    assert slug_of(answer) in {"pdf-over-limit", "not-a-pdf"}
    assert time.monotonic() - begun < 10


def test_a_deep_object_tree_is_refused_or_unsigned_and_harms_nobody(world, blank_pdf):
    deep = b"[" * 100_000 + b"]" * 100_000
    data = blank_pdf().replace(b"/Type /Catalog", b"/Type /Catalog /Deep " + deep, 1)
    assert world.verify(data).status_code in (200, 422)
    assert world.verify(blank_pdf()).status_code == 200


def test_every_damaged_file_of_the_shared_corpus_ends_in_an_answer(world):
    folder = CORPUS / "malformed"
    if not folder.exists():
        pytest.skip("../shared/corpus is not there")
    for path in sorted(path for path in folder.rglob("*.pdf"))[:60]:
        answer = world.verify(path.read_bytes())
        assert answer.status_code in (200, 413, 422), path.name
        if answer.status_code == 200:
            assert answer.json()["indication"] != "TOTAL_PASSED", path.name


# What is not the form that was asked for.


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"content": b"%PDF-1.7", "headers": {"Content-Type": "application/pdf"}},
        {"data": {"file": "text"}},
        {"files": {"other": ("a.pdf", b"x")}},
        {"files": [("file", ("a.pdf", b"x")), ("file", ("b.pdf", b"y"))]},
        {"files": {"file": ("", b"")}},
        {"files": {"file": ("empty.pdf", b"")}},
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
        {
            "content": b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
            "headers": {"Content-Type": "multipart/form-data; boundary=b"},
        },
        {"files": {"file": ("a.pdf", b"x")}, "data": {f"f{n}": "x" for n in range(20)}},
    ],
    ids=[
        "nothing",
        "the bare file",
        "a text field",
        "another name",
        "two files",
        "no file chosen",
        "an empty file",
        "no boundary",
        "no parts",
        "no name",
        "many fields",
    ],
)
def test_what_is_not_a_form_with_one_file_is_told_what_to_send(world, request_):
    answer = world.http.post("/v1/verify", **request_)
    assert (answer.status_code, slug_of(answer)) == (400, "malformed-upload")


def test_an_upload_is_never_written_to_a_disk(world, issued_pdf, monkeypatch):
    import tempfile

    def refuse(*_args, **_kwargs):
        raise AssertionError("a temporary file was made")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    padded = issued_pdf + b"\n" * (5 * 1024 * 1024)
    assert world.verify(padded).status_code == 200


# Rates and crowds.


def test_a_stranger_who_asks_too_often_must_wait_and_a_counterpart_need_not(new_world, blank_pdf):
    world = new_world(verify_burst=2, verify_per_minute=0.5, client_verify_burst=50)
    data = blank_pdf()
    answers = [world.verify(data) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) > 60
    assert slug_of(answers[-1]) == "rate-limited"
    for _ in range(5):
        assert world.verify(data, headers=world.auth()).status_code == 200
    assert world.verify(data, headers={"Authorization": "Bearer x"}).status_code == 401


def test_a_counterparts_rate_is_larger_and_its_own_and_it_ends_too(new_world, blank_pdf):
    world = new_world(verify_burst=1, client_verify_burst=3, client_verify_per_minute=0.5)
    data = blank_pdf()
    answers = [world.verify(data, headers=world.auth()) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) > 60
    other = {"Authorization": f"Bearer {world.services.mint.issue('tax office', ALL_SCOPES)}"}
    assert world.verify(data, headers=other).status_code == 200
    assert world.verify(data).status_code == 200, "a client's files are not a stranger's"


class SlowPool:
    """Says of every file that it kept a process busy for half a minute."""

    def __init__(self, pool):
        self._pool = pool

    def run(self, job):
        return replace(self._pool.run(job), seconds=30.0)


def test_files_that_are_slow_to_examine_count_as_many_and_against_their_sender_only(
    new_world, blank_pdf
):
    world = new_world(verify_burst=20, verify_per_minute=30)
    world.services.examinations._pool = SlowPool(world.services.pool)
    assert world.verify(blank_pdf()).status_code == 200
    for path in ("/v1/verify", "/verify"):
        refused = world.verify(blank_pdf(), path)
        assert refused.status_code == 429
        assert 10 <= int(refused.headers["Retry-After"]) <= 20
    assert world.verify(blank_pdf(), headers=world.auth()).status_code == 200


def test_more_files_than_can_be_examined_are_told_to_come_back(new_world, monkeypatch):
    monkeypatch.syspath_prepend(str(FAKES))
    world = new_world(examinations_waiting=1, examination_queue_seconds=0.2)
    world.services.pool.close()
    _use_fake_examiner(world, "hang")
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: world.verify(b"%PDF-1.7"), range(6)))
    statuses = sorted(answer.status_code for answer in answers)
    assert set(statuses) == {422, 503}
    for answer in answers:
        if answer.status_code == 503:
            assert answer.headers["Retry-After"]
            assert slug_of(answer) == "overloaded"


@pytest.mark.parametrize(
    ("deed", "slug"),
    [
        ("hang", "examination-too-long"),
        ("abort", "examination-failed"),
        ("eat", "examination-failed"),
    ],
)
def test_a_file_that_breaks_its_examiner_is_told_so_and_the_next_is_served(
    new_world, monkeypatch, deed, slug
):
    monkeypatch.syspath_prepend(str(FAKES))
    world = new_world()
    world.services.pool.close()
    _use_fake_examiner(world, deed, job_seconds=1.0 if deed == "hang" else 60.0)
    for _ in range(2):
        answer = world.verify(b"%PDF-1.7")
        assert (answer.status_code, slug_of(answer)) == (422, slug)


def _use_fake_examiner(world, deed, *, job_seconds=1.0):
    from api.examination.confinement import ProcessLimits
    from api.examination.pool import ExaminationPool, PoolRules

    limits = ProcessLimits(memory_bytes=200 * 1024 * 1024, cpu_seconds=5, open_files=16)
    rules = PoolRules(1, 1, 0.2, job_seconds, 100, limits)
    pool = ExaminationPool("fake_examiners:build_silent", {"deed": deed}, rules)
    pool.start()
    world.services.examinations._pool = pool


# Signed reports.


def judged(world, data):
    settings = world.services.settings
    return read_signed_report(
        data,
        anchors=world.services.anchors,
        policy=QIANYIN_DEFAULT,
        at=world.clock(),
        evidence=Evidence.from_directory(settings.revocation_dir),
    )


@pytest.mark.parametrize(
    "asked",
    [
        {"params": {"signed": "cms"}},
        {"params": {"signed": "gbt35275", "view": "simple"}},
        {"headers": {"Accept": "application/cms"}},
    ],
    ids=["rfc5652", "gbt35275", "accept"],
)
def test_a_report_can_be_had_under_the_services_signature(world, issued_pdf, asked):
    answer = world.verify(issued_pdf, **asked)
    assert answer.headers["Content-Type"] == "application/cms"
    found = judged(world, answer.content)
    assert found.indication == "TOTAL_PASSED"
    assert found.signer == "千印演示查验服务"
    require_published_form(dict(found.report))
    assert found.report["file_sm3"] == sm3(issued_pdf).hex()
    assert found.report["verdict"]["state"] == "in-force"
    if found.report["schema"] == "verification-report-1":
        assert found.report["policy"] == "qianyin-default"
        assert found.report["anchors"] == list(world.services.anchors.fingerprints)
    changed = answer.content.replace(b"in-force", b"in-forge")
    assert judged(world, changed).indication == "TOTAL_FAILED"


def test_what_cannot_be_read_is_a_problem_and_is_not_signed(world):
    answer = world.verify(b"hello", params={"signed": "cms"})
    assert slug_of(answer) == "not-a-pdf"


@pytest.mark.parametrize("alias", ["nobody", "seal-signer"])
def test_without_a_key_for_reports_the_caller_is_told_so(new_world, blank_pdf, alias):
    world = new_world(report_key=alias)
    answer = world.verify(blank_pdf(), params={"signed": "cms"})
    assert (answer.status_code, slug_of(answer)) == (501, "report-signing-not-set-up")
    assert alias in answer.json()["detail"]
    assert world.verify(blank_pdf()).status_code == 200


def test_a_key_for_reports_that_went_away_is_opened_anew(new_world, blank_pdf):
    world = new_world()
    secret = world.services.settings.data_dir / "secrets" / "keys.pass"
    hidden = secret.rename(secret.with_suffix(".away"))
    away = world.verify(blank_pdf(), params={"signed": "cms"})
    assert away.status_code in (500, 503)
    hidden.rename(secret)
    back = world.verify(blank_pdf(), params={"signed": "cms"})
    assert judged(world, back.content).indication == "TOTAL_PASSED"


def test_what_was_changed_is_listed_with_the_places_where_it_shows(world, issued_pdf):
    body = world.verify(TAMPERINGS["page-overlaid"](issued_pdf)).json()
    assert body["changes"]["since_signature"] == 0
    assert body["changes"]["found"][0] == {"kind": "page_content", "page": 0}
    (page,) = body["changed_pages"]
    assert (page["before"], page["after"]) == (0, 0)
    assert len(page["regions"][0]) == 4
    genuine = world.verify(issued_pdf).json()
    assert (genuine["changes"], genuine["changed_pages"]) == (None, [])


def test_a_list_that_arrives_later_counts_without_a_restart(pristine_deployment, tmp_path):
    people = sm2_people.world()
    data = tmp_path / "data"
    shutil.copytree(pristine_deployment, data)
    (data / "trust" / "others.pem").write_bytes(people.root.certificate.to_pem())
    pdf = sealed(people).data
    world = open_world(data)
    with world.http:
        assert world.verify(pdf).json()["indication"] == "TOTAL_PASSED"
        cache = data / "revocation"
        cache.mkdir()
        (cache / "broken.crl").write_bytes(b"junk")
        assert world.verify(pdf).json()["indication"] == "TOTAL_PASSED"
        (cache / "broken.crl").unlink()
        revoked = {people.signer.certificate.serial: sm2_people.NOW - sm2_people.DAY}
        (cache / "new.crl").write_bytes(people.ca.crl(revoked))
        assert world.verify(pdf).json()["sub_indication"] == "REVOKED"


# On paper.


@pytest.mark.parametrize(
    "asked", [{"params": {"format": "pdf"}}, {"headers": {"Accept": "application/pdf"}}]
)
def test_the_report_can_be_had_on_paper(world, issued_pdf, asked):
    answer = world.verify(issued_pdf, **asked)
    assert answer.headers["Content-Type"] == "application/pdf"
    with pikepdf.open(io.BytesIO(answer.content)) as pdf:
        assert len(pdf.pages) <= 2
        assert pdf.open_metadata()["pdfaid:part"] == "2"


def test_the_address_wins_over_the_accept_header(world, blank_pdf):
    headers = {"Accept": "application/pdf"}
    answer = world.verify(blank_pdf(), params={"format": "json"}, headers=headers)
    assert answer.headers["Content-Type"] == "application/json"
    assert world.verify(blank_pdf(), headers={"Accept": "text/html, application/pdf"}).json()


def test_what_is_signed_is_not_the_paper(world, blank_pdf):
    answer = world.verify(blank_pdf(), params={"format": "pdf", "signed": "cms"})
    assert (answer.status_code, slug_of(answer)) == (422, "invalid-request")
