"""A party may be bound to a programme in several roles at once. The conventions so far keep the role that is meant."""

from alembic import op

revision = "0002"
down_revision = "0001"

_CHANGES = (
    "ALTER TABLE convention_term ADD COLUMN role text NOT NULL DEFAULT 'encorde'",
    "UPDATE convention_term SET role = 'partenaire' WHERE starts_with(party, 'organisation/')",
    # The default was for the rows of before.
    """-- squawk-ignore ban-drop-default
    ALTER TABLE convention_term ALTER COLUMN role DROP DEFAULT""",
    # The guarantee comes back in the next statement, role by role: the rules, and nobody else, asked for more.
    """-- squawk-ignore ban-drop-constraint
    ALTER TABLE convention_term DROP CONSTRAINT convention_term_alone""",
    """ALTER TABLE convention_term
       ADD CONSTRAINT convention_term_alone UNIQUE (programme, party, role, valid WITHOUT OVERLAPS)""",
)


def upgrade() -> None:
    """A registry has hundreds of conventions, not millions: it is locked for an instant."""
    for statement in _CHANGES:
        op.execute(statement)
