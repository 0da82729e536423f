"""What routes depend on: the service's context and its transaction."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request

from chassis.context import Context
from chassis.transaction import Transaction


def context_of(request: Request) -> Context:
    """The service's surroundings."""
    context: Context = request.app.state.context
    return context


Ctx = Annotated[Context, Depends(context_of)]


async def open_transaction(request: Request, context: Ctx) -> AsyncIterator[Transaction]:
    """Commits before the answer is sent: always depend on it with `scope="function"`."""
    async with context.transactions.begin(request.state.correlation) as tx:
        yield tx


Tx = Annotated[Transaction, Depends(open_transaction, scope="function")]
