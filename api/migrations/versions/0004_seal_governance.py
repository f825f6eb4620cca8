"""People with roles, proposals, the register of seals, grants and uses."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXT = sa.String()
MOMENT = sa.DateTime(timezone=True)


def upgrade():
    _create_people()
    _create_seals()


def downgrade():
    for table in ("seal_use", "seal_grant", "seal", "proposal", "person"):
        op.drop_table(table)


def _create_people():
    op.create_table(
        "person",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("full_name", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_person")),
        sa.ForeignKeyConstraint(["name"], ["client.name"], name=op.f("fk_person_name_client")),
        sa.CheckConstraint(
            "role IN ('system', 'security', 'audit')", name=op.f("ck_person_one_role")
        ),
    )
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("act", TEXT, nullable=False),
        sa.Column("payload", TEXT, nullable=False),
        sa.Column("payload_sm3", TEXT, nullable=False),
        sa.Column("proposed_by", TEXT, nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("decided_by", TEXT, nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("reason", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["person.name"], name=op.f("fk_proposal_proposed_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["person.name"], name=op.f("fk_proposal_decided_by_person")
        ),
        sa.CheckConstraint(
            "state IN ('OPEN', 'APPROVED', 'EXECUTED', 'REJECTED')",
            name=op.f("ck_proposal_known_state"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> proposed_by",
            name=op.f("ck_proposal_two_people"),
        ),
    )


def _create_seals():
    op.create_table(
        "seal",
        sa.Column("alias", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("registered_at", MOMENT, nullable=False),
        sa.Column("esl_sm3", TEXT, nullable=True),
        sa.Column("reason", TEXT, nullable=True),
        sa.Column("renewed_by", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("alias", name=op.f("pk_seal")),
    )
    op.create_table(
        "seal_grant",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seal", TEXT, nullable=False),
        sa.Column("client", TEXT, nullable=False),
        sa.Column("license_types", TEXT, nullable=False),
        sa.Column("per_day", sa.Integer(), nullable=True),
        sa.Column("in_all", sa.Integer(), nullable=True),
        sa.Column("valid_from", MOMENT, nullable=False),
        sa.Column("valid_until", MOMENT, nullable=False),
        sa.Column("proposal", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=True),
        sa.Column("used_that_day", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_grant")),
        sa.ForeignKeyConstraint(["seal"], ["seal.alias"], name=op.f("fk_seal_grant_seal_seal")),
        sa.ForeignKeyConstraint(
            ["proposal"], ["proposal.id"], name=op.f("fk_seal_grant_proposal_proposal")
        ),
        sa.CheckConstraint(
            "in_all IS NULL OR used <= in_all", name=op.f("ck_seal_grant_quota_in_all")
        ),
        sa.CheckConstraint(
            "per_day IS NULL OR used_that_day <= per_day",
            name=op.f("ck_seal_grant_quota_per_day"),
        ),
    )
    op.create_index(op.f("ix_seal_grant_seal"), "seal_grant", ["seal"])
    op.create_table(
        "seal_use",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seal", TEXT, nullable=False),
        sa.Column("grant_id", sa.Integer(), nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_use")),
        sa.ForeignKeyConstraint(
            ["id"], ["audit_entry.id"], name=op.f("fk_seal_use_id_audit_entry")
        ),
        sa.ForeignKeyConstraint(["seal"], ["seal.alias"], name=op.f("fk_seal_use_seal_seal")),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["seal_grant.id"], name=op.f("fk_seal_use_grant_id_seal_grant")
        ),
    )
    op.create_index(op.f("ix_seal_use_seal"), "seal_use", ["seal"])
    op.create_index(op.f("ix_seal_use_subject"), "seal_use", ["subject"])
