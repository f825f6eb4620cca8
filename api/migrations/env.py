"""Alembic's entry: runs on the connection that `api.migrating` hands over, in its transaction."""

from alembic import context

from licenses.models import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
