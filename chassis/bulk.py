"""Many rows in one statement.

Each column travels as one array, so the text of a statement never depends on the number of rows: it is prepared once,
and PostgreSQL meets the rows in the order in which they were given.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

Types = sa.types.TypeEngine[Any] | type[sa.types.TypeEngine[Any]]


def given(**columns: Types) -> sa.TableValuedAlias:
    """Rows handed in as parameters: to insert from, or to join with. The parameters are what `arrays` makes."""
    parameters = [sa.bindparam(f"given_{name}", type_=ARRAY(kind)) for name, kind in columns.items()]
    values = sa.func.unnest(*parameters).table_valued(*(sa.column(name, kind) for name, kind in columns.items()))
    return values.render_derived(name="given")


def arrays(rows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """The parameters of `given` for these rows, which all have the same columns; at least one."""
    return {f"given_{name}": [row[name] for row in rows] for name in rows[0]}


def among(column: sa.ColumnElement[Any], name: str = "wanted") -> sa.ColumnElement[bool]:
    """Whether the column's value is in the array parameter `name`."""
    return column == sa.any_(sa.bindparam(name, type_=ARRAY(column.type)))
