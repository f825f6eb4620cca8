"""Ready-made registers and reservations for tests."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, Table, insert

from licenses.database import open_database, write_session
from licenses.issuing_verbs import IssuingVerbs
from licenses.models import CLIENT, METADATA
from licenses.records import LicenseRecord, Reservation, UsedKey, UsedSeal
from licenses.register import Register
from licenses.seal_models import PERSON, PROPOSAL, SEAL, SEAL_GRANT

YEAR = timedelta(days=400)
NOW = datetime(2026, 3, 5, 4, 30, tzinfo=UTC)
DIGEST = "ab" * 32
FILE = "cd" * 32
KEY = UsedKey("soft:object=seal", "12" * 32)
USING = UsedSeal("demo", KEY)


def empty_database(folder: Path) -> Engine:
    engine = open_database(f"sqlite:///{folder / 'qianyin.db'}")
    METADATA.create_all(engine)
    grant_demo(engine)
    return engine


def grant_demo(engine: Engine) -> None:
    """Let `approvals` use the seal `demo`, as if two people had wanted it."""
    moment = {"valid_from": NOW - YEAR, "valid_until": NOW + YEAR}
    person = {"full_name": "张示例", "role": "system", "added_at": NOW}
    proposal = {"payload": "{}", "payload_sm3": "", "proposed_at": NOW, "expires_at": NOW}
    counts = {"used": 0, "used_that_day": 0}
    rows: list[tuple[Table, dict[str, object]]] = [
        (CLIENT, {"name": "zhang-shili", "scopes": "", "created_at": NOW, "disabled_at": NOW}),
        (PERSON, {"name": "zhang-shili", **person}),
        (
            PROPOSAL,
            {
                "id": 0,
                "act": "seal.grant",
                "state": "EXECUTED",
                **proposal,
                "proposed_by": "zhang-shili",
            },
        ),
        (SEAL, {"alias": "demo", "name": "示例", "state": "ACTIVE", "registered_at": NOW}),
        (
            SEAL_GRANT,
            {
                "id": 1,
                "seal": "demo",
                "client": "approvals",
                "license_types": "*",
                "proposal": 0,
                **moment,
                **counts,
            },
        ),
    ]
    with write_session(engine) as connection:
        for table, values in rows:
            connection.execute(insert(table), values)


def number(sequence: int) -> str:
    return f"(湘)动诊证(2026)第{sequence:06d}号"


def identifier(sequence: int) -> str:
    return f"1.2.156.3005.2.11100000000013338W032.11430000006122244L.2026{sequence:06d}.001.X"


RESERVATION = Reservation(
    license_type="animal-clinic",
    type_version=1,
    authority_code="11430000006122244L",
    authority_name="湖南省农业农村厅",
    holder_name="长沙仁心动物医院有限公司",
    holder_code="91430100MA4L12345X",
    holder_code_type="001",
    fields={"legal_representative": "张伟", "scope": ["动物诊疗", "𠮷"], "beds": 3, "area": 120.5},
    issue_date=date(2026, 3, 5),
    valid_from=date(2026, 3, 5),
    valid_until=date(2031, 3, 4),
    sequence_year=2026,
    number_for=number,
    identifier_for=identifier,
)


def reserve(register: IssuingVerbs, key: str = "k-1", **changes: object) -> LicenseRecord:
    return register.reserve(
        replace(RESERVATION, **changes),
        client="approvals",
        idempotency_key=key,
        request_digest=DIGEST,
        using=USING,
        now=NOW,
    ).record


def intend(register: IssuingVerbs, record: LicenseRecord, *, now: datetime = NOW) -> None:
    register.intend(record, digest="ef" * 32, key=KEY, seal="demo", by="approvals", now=now)


def complete(register: IssuingVerbs, record: LicenseRecord, file_sm3: str = FILE) -> LicenseRecord:
    return register.complete(
        record, file_sm3=file_sm3, sealed_at=NOW, seal="demo", by="approvals", now=NOW
    )


def issue(register: Register, key: str = "k-1", file_sm3: str = FILE) -> LicenseRecord:
    record = reserve(register, key)
    intend(register, record)
    return complete(register, record, file_sm3)
