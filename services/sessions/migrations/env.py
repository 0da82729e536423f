"""Alembic's entry point; everything stands in the chassis."""

from chassis.migrations import run

run()
