"""Runs a coroutine up to one of its suspensions and leaves it there, as a kill or a long pause would."""

import ast
import asyncio
import inspect
from collections import Counter
from collections.abc import Awaitable, Coroutine, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any, TypeVar

SERVICE = Path(__file__).parents[3] / "services" / "reporting"

T = TypeVar("T")


async def unseen(call: Awaitable[T]) -> T:
    """While this waits nothing is a place to stop at: how often a client waits for its answer is its own affair."""
    return await call


@dataclass(frozen=True)
class Await:
    """One place in the service's code where it waits: an `await`, or the head of an `async with`."""

    module: str
    line: int
    column: int


@dataclass(frozen=True)
class Point:
    """A suspension: the places of ours that wait for it, outermost first, and how often they had waited before."""

    places: tuple[Await, ...]
    count: int

    def __str__(self) -> str:
        """Innermost place, for whoever reads the list."""
        last = self.places[-1]
        return f"{last.module}:{last.line}:{last.column} #{self.count}"


class Stepped:
    """A coroutine that is driven by hand."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._coroutine, self._iterator = coroutine, coroutine.__await__()
        self._waits_for: Any = None
        self._ended = False
        self._seen: Counter[tuple[Await, ...]] = Counter()
        self.points: list[Point] = []

    async def run_to(self, point: Point | None) -> bool:
        """True when it is suspended there, and waits; False when it ended before."""
        return await _Drive(self._drive(point))

    async def end(self) -> None:
        """After everything was looked at: let it clean up."""
        with suppress(BaseException):
            async with asyncio.timeout(5):
                await _Drive(self._drive(None, asyncio.CancelledError()))

    def _drive(self, wanted: Point | None, error: BaseException | None = None) -> Generator[Any, Any, bool]:
        if self._ended:
            return False
        if error is None and self._waits_for is not None:
            error = yield from _pass_on(self._waits_for)
        while True:
            try:
                self._waits_for = self._iterator.throw(error) if error is not None else self._iterator.send(None)
            except StopIteration:
                self._ended = True
                return False
            point = self._note()
            if point is not None and point == wanted:
                return True
            error = yield from _pass_on(self._waits_for)

    def _note(self) -> Point | None:
        places = tuple(_places(self._coroutine))
        if not places:
            return None
        point = Point(places, self._seen[places])
        self._seen[places] += 1
        self.points.append(point)
        return point


def _pass_on(future: Any) -> Generator[Any, Any, BaseException | None]:
    try:
        yield future
    except BaseException as error:  # noqa: BLE001 - a cancellation belongs to the coroutine
        return error
    return None


class _Drive(Awaitable[bool]):
    def __init__(self, steps: Generator[Any, Any, bool]) -> None:
        self._steps = steps

    def __await__(self) -> Generator[Any, Any, bool]:
        return self._steps


def _places(waiting: Any) -> Iterator[Await]:
    """Down the chain of what waits for what, as far as it is ours; nothing where a client's own wait is in it."""
    frames = list(_frames(waiting))
    if any(frame.f_code is unseen.__code__ for frame in frames):
        return
    for frame in frames:
        if (place := _place(frame.f_code, frame.f_lasti)) is not None:
            yield place


@cache
def _place(code: CodeType, instruction: int) -> Await | None:
    """Asked for every frame at every wait; None where it is not ours."""
    file = Path(code.co_filename)
    if not file.is_relative_to(SERVICE):
        return None
    line, _, column, _ = list(code.co_positions())[instruction // 2]
    return Await(_name(file), line or 0, column or 0)


def _frames(waiting: Any) -> Iterator[FrameType]:
    while waiting is not None:
        if (frame := getattr(waiting, "cr_frame", None)) is not None:
            yield frame
        waiting = getattr(waiting, "cr_await", None)


def _name(file: Path) -> str:
    return str(file.relative_to(SERVICE).with_suffix(""))


def awaits_of(modules: Iterable[ModuleType]) -> dict[Await, str]:
    """Every place of these modules that may wait, with the name of its function."""
    found: dict[Await, str] = {}
    for module in modules:
        file = Path(inspect.getfile(module))
        for function in ast.walk(ast.parse(file.read_text())):
            if isinstance(function, ast.AsyncFunctionDef):
                for line, column in _waiting(function):
                    found[Await(_name(file), line, column)] = function.name
    return found


def _waiting(function: ast.AsyncFunctionDef) -> Iterator[tuple[int, int]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Await):
            yield node.lineno, node.col_offset
        elif isinstance(node, ast.AsyncWith):
            # Entering and leaving wait at the head.
            yield from ((item.context_expr.lineno, node.col_offset) for item in node.items)
        elif isinstance(node, ast.AsyncFor):
            yield node.iter.lineno, node.iter.col_offset


def line_of(place: Await) -> str:
    """The source of a wait."""
    return (SERVICE / f"{place.module}.py").read_text().splitlines()[place.line - 1].strip()
