"""The register, its audit trail and its clients."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.String()
MOMENT = sa.DateTime(timezone=True)
RESERVED = sa.text("state = 'RESERVED'")

# Frozen here: a migration says what was, whatever licenses/models.py says by now.
APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry"
        " BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END",
        "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry"
        " BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'audit entries are append-only'; END $$",
        "CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
        " ON audit_entry EXECUTE FUNCTION audit_entry_refuse()",
    ),
}
DROP_AFTER = {"postgresql": ("DROP FUNCTION audit_entry_refuse()",)}


def upgrade():
    _create_license()
    _create_audit_entry()
    _create_client()


def downgrade():
    for table in (
        "client_failure",
        "client_secret",
        "client",
        "audit_entry",
        "license_sequence",
        "license",
    ):
        op.drop_table(table)
    for statement in DROP_AFTER.get(op.get_bind().dialect.name, ()):
        op.execute(statement)


def _create_license():
    op.create_table(
        "license",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identifier", TEXT, nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("license_type", TEXT, nullable=False),
        sa.Column("type_version", sa.Integer(), nullable=False),
        sa.Column("authority_code", TEXT, nullable=False),
        sa.Column("authority_name", TEXT, nullable=False),
        sa.Column("holder_name", TEXT, nullable=False),
        sa.Column("holder_code", TEXT, nullable=False),
        sa.Column("holder_code_type", TEXT, nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("access_code", TEXT, nullable=False),
        sa.Column("client", TEXT, nullable=False),
        sa.Column("idempotency_key", TEXT, nullable=False),
        sa.Column("request_digest", TEXT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seal", TEXT, nullable=True),
        sa.Column("file_sm3", TEXT, nullable=True),
        sa.Column("sealed_at", MOMENT, nullable=True),
        sa.Column("suspended_at", MOMENT, nullable=True),
        sa.Column("suspended_reason", TEXT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("revoked_reason", TEXT, nullable=True),
        sa.Column("replaced_by", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_license")),
        sa.UniqueConstraint("identifier", name=op.f("uq_license_identifier")),
        sa.UniqueConstraint("file_sm3", name=op.f("uq_license_file_sm3")),
        sa.UniqueConstraint(
            "client", "idempotency_key", name=op.f("uq_license_client_idempotency_key")
        ),
        sa.UniqueConstraint(
            "license_type",
            "authority_code",
            "number",
            name=op.f("uq_license_license_type_authority_code_number"),
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by"], ["license.identifier"], name=op.f("fk_license_replaced_by_license")
        ),
        sa.CheckConstraint(
            "state IN ('RESERVED', 'ISSUED', 'SUSPENDED', 'REVOKED')",
            name=op.f("ck_license_known_state"),
        ),
        sa.CheckConstraint(
            "(state = 'RESERVED') = (file_sm3 IS NULL)"
            " AND (file_sm3 IS NULL) = (sealed_at IS NULL)",
            name=op.f("ck_license_issued_has_a_file"),
        ),
        sa.CheckConstraint(
            "(state = 'REVOKED') = (revoked_at IS NOT NULL)",
            name=op.f("ck_license_revoked_has_a_date"),
        ),
        sa.CheckConstraint(
            "state = 'REVOKED' OR (state = 'SUSPENDED') = (suspended_at IS NOT NULL)",
            name=op.f("ck_license_suspended_has_a_date"),
        ),
    )
    op.create_index(
        "ix_license_reserved",
        "license",
        ["id"],
        sqlite_where=RESERVED,
        postgresql_where=RESERVED,
    )
    op.create_table(
        "license_sequence",
        sa.Column("license_type", TEXT, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("authority_code", TEXT, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "license_type", "year", "authority_code", name=op.f("pk_license_sequence")
        ),
    )


def _create_audit_entry():
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("details", TEXT, nullable=False),
        sa.Column("previous", TEXT, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_subject"), "audit_entry", ["subject"])
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def _create_client():
    op.create_table(
        "client",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("scopes", TEXT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_client")),
    )
    op.create_table(
        "client_secret",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("client", TEXT, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("cost_n", sa.Integer(), nullable=False),
        sa.Column("cost_r", sa.Integer(), nullable=False),
        sa.Column("cost_p", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_secret")),
        sa.ForeignKeyConstraint(
            ["client"], ["client.name"], name=op.f("fk_client_secret_client_client")
        ),
    )
    op.create_index(op.f("ix_client_secret_client"), "client_secret", ["client"])
    op.create_table(
        "client_failure",
        sa.Column("name_sm3", TEXT, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("locked_until", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("name_sm3", name=op.f("pk_client_failure")),
    )
    op.create_index(op.f("ix_client_failure_last_at"), "client_failure", ["last_at"])
