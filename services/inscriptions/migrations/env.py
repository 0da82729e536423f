"""Alembic calls this; everything is in the chassis."""

from chassis import migrations

migrations.run()
