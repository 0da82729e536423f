"""`cordees projections compare`: what a version says otherwise than the live one, each cause once."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli.options import Data
from deploy.cli.projections_place import Json, Number, Place, run_at

if TYPE_CHECKING:
    from services.reporting.engine.compare import Bounds, Comparison, Difference

_MOST_DIGITS, _MOST_NAMES = 12, 12


def _check_periods(periods: list[str] | None) -> list[str] | None:
    """Before anything is compared: where nothing differs no period is ever read."""
    from services.reporting.periods import UnknownPeriod, parse_period

    for one in periods or ():
        try:
            parse_period(one)
        except UnknownPeriod as error:
            raise typer.BadParameter(f"« {one} » : {error}", param_hint="--period") from None
    return periods


def compare(
    number: Number,
    *,
    period: Annotated[
        list[str] | None,
        typer.Option(
            callback=_check_periods,
            help=(
                "Période des indicateurs comparés (2019, 2018-2019 ou 2019-01-01/2019-07-01) ; répétable. "
                "Par défaut les dernières années scolaires."
            ),
        ),
    ] = None,
    json_output: Json = False,
    data: Data = None,
) -> None:
    """Compare une version à celle qui répond : chaque table, et si l'une diffère des indicateurs, avec la cause.

    Code 0 si tout est égal, 1 sinon.
    """

    async def work(place: Place) -> int:
        from deploy.cli.steps import show_steps
        from services.reporting.engine.compare import compare as compare_versions

        with show_steps() as steps, steps.step(f"Comparer la version {number}") as say:

            def tell(what: str, done: int, total: int) -> None:
                say(f"{what}, {done} sur {total}")

            found = await compare_versions(place.engine, number, period or (), say=tell)
        if json_output:
            typer.echo(json.dumps(_as_json(found), ensure_ascii=False))
        else:
            for line in lines_of(found):
                typer.echo(line)
        return 1 if found.differences else 0

    run_at(work, data)


def _as_json(found: "Comparison") -> dict[str, Any]:
    """A figure by its bounds."""
    rows = [vars(one) | {"live": _value(one.live), "other": _value(one.other)} for one in found.differences]
    return vars(found) | {"differences": rows}


def _value(said: "str | Bounds") -> Any:
    if isinstance(said, str):
        return said
    return {name: None if end is None else float(end) for name, end in vars(said).items()}


def lines_of(found: "Comparison") -> Iterator[str]:
    """For a person: tables, then each cause that several share, then the figures that they touch."""
    yield (
        f"Version {found.other} comparée à la version {found.live}, en service : "
        f"{found.compared} tables et chiffres, {len(found.differences)} écarts."
    )
    if not found.differences:
        yield "Toutes les lignes sont égales : tous les chiffres le sont donc aussi."
        return
    yield from _causes([one for one in found.differences if isinstance(one.live, str)], found.other)
    yield from _figures(found.differences, found.other)


def _figures(differences: "Sequence[Difference]", number: int) -> Iterator[str]:
    """Without their causes, which are those of all tables: they are told above."""
    codes = {one.what.partition(" ")[0] for one in differences if not isinstance(one.live, str)}
    if codes:
        yield f"Indicateurs que cela touche : {_and(codes)}"
    for one in differences:
        if not isinstance(one.live, str) and not isinstance(one.other, str):
            live, other = told(one.live, one.other)
            yield f"    {one.what} : {live} en service, {other} dans la version {number}"


def _causes(differences: "Sequence[Difference]", number: int) -> Iterator[str]:
    """Each difference with what explains it alone, then what explains several, with their names."""
    touched: dict[str, list[str]] = defaultdict(list)
    for one in differences:
        for cause in one.causes:
            touched[cause].append(one.what.removeprefix("table "))
    for one in differences:
        yield f"{one.what} : {one.live} en service, {one.other} dans la version {number}"
        yield from (f"    {cause}" for cause in one.causes if len(touched[cause]) == 1)
    for cause, names in touched.items():
        if len(names) > 1:
            yield cause
            yield f"    touche {_and(names)}"


def _and(names: "Sequence[str] | set[str]") -> str:
    """Not more than a line holds."""
    known = sorted(names)
    more = len(known) - _MOST_NAMES
    return ", ".join(known[:_MOST_NAMES]) + (f" et {more} autres" if more > 0 else "")


def told(live: "Bounds", other: "Bounds") -> tuple[str, str]:
    """Both in words, with as many decimals as it takes to tell them apart."""
    for digits in range(1, _MOST_DIGITS):
        said = _words(live, digits), _words(other, digits)
        if said[0] != said[1]:
            break
    return said


def _words(value: "Bounds", digits: int) -> str:
    from deploy.reporting.french import french

    if value.low is None:
        return "aucune valeur"
    low = french(float(value.low), digits)
    if value.high is None:
        return f"{low} ou plus"
    return low if value.low == value.high else f"de {low} à {french(float(value.high), digits)}"
