"""The life of keys, what their policies count, and checkpoints of the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT = sa.String()
MOMENT = sa.DateTime(timezone=True)


def upgrade():
    op.create_table(
        "signing_key",
        sa.Column("sm3", TEXT, nullable=False),
        sa.Column("alias", TEXT, nullable=False),
        sa.Column("uri", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("not_after", MOMENT, nullable=True),
        sa.Column("distrusted_from", MOMENT, nullable=True),
        sa.Column("policy", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("sm3", name=op.f("pk_signing_key")),
    )
    op.create_table(
        "key_count",
        sa.Column("sm3", TEXT, nullable=False),
        sa.Column("day", TEXT, nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sm3", "day", name=op.f("pk_key_count")),
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("document", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_checkpoint")),
    )


def downgrade():
    for table in ("audit_checkpoint", "key_count", "signing_key"):
        op.drop_table(table)
