"""Alembic's entry; everything lives in the chassis."""

from chassis import migrations

migrations.run()
