"""The statements about the licence table, prepared once; only the register calls them."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Select, bindparam, exists, insert, select, update

from licenses.audit import AuditAction, happening_of
from licenses.errors import BadLicenseType, LicenseNotFound
from licenses.lifecycle import LicenseState
from licenses.models import AUDIT_ENTRY, LICENSE, LICENSE_SEQUENCE, RESERVED
from licenses.prepared import Prepared
from licenses.records import Intent, LicenseRecord, Page, Reservation

_NAMES = tuple(field.name for field in dataclasses.fields(LicenseRecord))
# A reservation's fields that stand in the table under the same name.
_DRAFTED = tuple(f.name for f in dataclasses.fields(Reservation) if f.name in _NAMES)
COLUMNS = [LICENSE.c[name] for name in _NAMES]
_HERE = LICENSE.c.identifier == bindparam("wanted")

_OF_IDENTIFIER = select(*COLUMNS).where(_HERE)
_OF_FILE = select(*COLUMNS).where(LICENSE.c.file_sm3 == bindparam("wanted"))
_OF_REQUEST = Prepared(
    select(*COLUMNS).where(
        LICENSE.c.client == bindparam("of_client"),
        LICENSE.c.idempotency_key == bindparam("of_key"),
    )
)
_STATE_OF = Prepared(select(LICENSE.c.state).where(_HERE))
_ADD = Prepared(insert(LICENSE))
_CHANGE = update(LICENSE).where(_HERE)
_COMPLETE = Prepared(
    update(LICENSE).where(
        _HERE,
        LICENSE.c.state == LicenseState.RESERVED.value,
        exists().where(
            AUDIT_ENTRY.c.subject == bindparam("wanted"),
            AUDIT_ENTRY.c.action == AuditAction.INTENDED.value,
        ),
    )
)
OF_RESERVED = (
    select(AUDIT_ENTRY)
    .join_from(LICENSE, AUDIT_ENTRY, AUDIT_ENTRY.c.subject == LICENSE.c.identifier)
    .where(RESERVED)  # the index's own words and no order, or all issued licences are read
)
_COUNT = Prepared(
    update(LICENSE_SEQUENCE)
    .where(
        LICENSE_SEQUENCE.c.license_type == bindparam("of_type"),
        LICENSE_SEQUENCE.c.year == bindparam("of_year"),
        LICENSE_SEQUENCE.c.authority_code == bindparam("of_authority"),
    )
    .values(last=LICENSE_SEQUENCE.c.last + 1)
    .returning(LICENSE_SEQUENCE.c.last)
)
_BEGIN_COUNT = insert(LICENSE_SEQUENCE)


def of_identifier(connection: Connection, identifier: str) -> LicenseRecord | None:
    """Return the licence of this identifier."""
    return _one(connection, _OF_IDENTIFIER, wanted=identifier)


def of_file(connection: Connection, file_sm3: str) -> LicenseRecord | None:
    """Return the licence whose file has this digest."""
    return _one(connection, _OF_FILE, wanted=file_sm3)


def of_request(connection: Connection, client: str, key: str) -> LicenseRecord | None:
    """Return the licence a client's idempotency key stands for."""
    try:
        found = _OF_REQUEST.rows(connection, {"of_client": client, "of_key": key})
    except UnicodeEncodeError:  # half a surrogate pair: no such text can have been stored
        return None
    return record_of_row(found[0]) if found else None


def present(record: LicenseRecord | None) -> LicenseRecord:
    """Return the licence that was looked for; raises `LicenseNotFound` where there is none."""
    if record is None:
        raise LicenseNotFound("the register holds no such licence")
    return record


def state_of(connection: Connection, identifier: str) -> LicenseState:
    """Return the state alone; raises `LicenseNotFound`."""
    found = _STATE_OF.rows(connection, {"wanted": identifier})
    if not found:
        raise LicenseNotFound("the register holds no such licence")
    return LicenseState(found[0][0])


def next_sequence(connection: Connection, reservation: Reservation) -> int:
    """Count one on; exact because writers take turns."""
    counter = (
        reservation.license_type,
        reservation.sequence_year,
        reservation.authority_code,
    )
    wanted = dict(zip(("of_type", "of_year", "of_authority"), counter, strict=True))
    last = _COUNT.rows(connection, wanted)
    if last:
        return int(last[0][0])
    names = ("license_type", "year", "authority_code")
    connection.execute(_BEGIN_COUNT, dict(zip(names, counter, strict=True)) | {"last": 1})
    return 1


def reserved_values(reservation: Reservation, sequence: int) -> dict[str, Any]:
    """Return what a reservation settles of a licence's record."""
    drafted = {name: getattr(reservation, name) for name in _DRAFTED}
    return drafted | {
        "sequence": sequence,
        "number": reservation.number_for(sequence),
        "identifier": reservation.identifier_for(sequence),
    }


def add(connection: Connection, record: LicenseRecord) -> None:
    """Add a licence; raises `BadLicenseType` where its number or identifier is taken."""
    try:
        _ADD.run(connection, {name: getattr(record, name) for name in _NAMES})
    except connection.dialect.loaded_dbapi.IntegrityError as e:
        raise BadLicenseType(
            f"the number style of {record.license_type} gave a number or identifier twice"
        ) from e


def complete(connection: Connection, identifier: str, values: Mapping[str, Any]) -> bool:
    """Write `values` into a reserved licence with an intent; False where there is none such."""
    return _COMPLETE.run(connection, {"wanted": identifier, **values}) == 1


def change(connection: Connection, identifier: str, values: Mapping[str, Any]) -> None:
    """Write `values` into a licence."""
    connection.execute(_CHANGE, {"wanted": identifier, **values})


def changed(record: LicenseRecord, values: Mapping[str, Any]) -> LicenseRecord:
    """Return the record as it stands once `values` are written."""
    return dataclasses.replace(record, **values)


def unfinished(connection: Connection) -> tuple[Intent, ...]:
    """Return the last word on each licence still reserved, where that word is an intent."""
    found = sorted(connection.execute(OF_RESERVED), key=lambda row: row.id)
    told = (happening_of(row) for row in found)
    # A refused use is no outcome of the use that was begun before it.
    last = {
        happening.subject: happening
        for happening in told
        if happening.action is not AuditAction.USE_REFUSED
    }
    return tuple(
        Intent(identifier, by=happening.actor, at=happening.at, **happening.details)
        for identifier, happening in last.items()
        if happening.action is AuditAction.INTENDED
    )


def page(
    connection: Connection, wanted: Mapping[str, Any], older_than: int | None, limit: int
) -> Page:
    """Return the newest licences that have all the `wanted` values (None: any)."""
    query = select(LICENSE.c.id, *COLUMNS).order_by(LICENSE.c.id.desc()).limit(limit + 1)
    for name, value in wanted.items():
        if value is not None:
            query = query.where(LICENSE.c[name] == value)
    if older_than is not None:
        query = query.where(LICENSE.c.id < older_than)
    found = connection.execute(query).all()
    records = tuple(record_of_row(tuple(row)[1:]) for row in found[:limit])
    return Page(records, found[limit - 1].id if len(found) > limit else None)


def _one(connection: Connection, query: Select[Any], **wanted: str) -> LicenseRecord | None:
    try:
        row = connection.execute(query, wanted).one_or_none()
    except UnicodeEncodeError:  # half a surrogate pair: no such text can have been stored
        return None
    return None if row is None else record_of_row(tuple(row))


def record_of_row(values: tuple[Any, ...]) -> LicenseRecord:
    """Read a row of `COLUMNS`."""
    named = dict(zip(_NAMES, values, strict=True))
    named["state"] = LicenseState(named["state"])
    return LicenseRecord(**named)
