"""Declared indicators: numbers that a document prints and that no event carries, each with who said it and where."""

from typing import Annotated, ClassVar, Self

from pydantic import ConfigDict, Field, JsonValue, field_validator, model_validator
from pydantic_core import PydanticCustomError

from contracts.base import Event, Name, Shape, Slug, Span, open_enum, unique
from contracts.dates import Day
from contracts.vocabulary import DeclaredUnit, DeclaredWording

Count = Annotated[int, Field(ge=0, le=10**12, strict=True)]
IndicatorCode = Annotated[
    str,
    Field(
        pattern=r"^(I[0-9]{2}(_[a-z]+)?|[a-z0-9]+(-[a-z0-9]+)*)$",
        max_length=64,
        description="A code of the catalogue (`I20`), `effectif` (students of a school), or a slug of one's own.",
    ),
]
# The source's own sentence: public text, so that nobody need believe us. Without control characters, like a name.
Sentence = Annotated[str, Field(pattern=r"^[^\u0000-\u001f\u007f]{1,500}$")]


def _needs(*fields: str) -> dict[str, JsonValue]:
    """A branch of a schema: these fields are there, and are numbers."""
    return {"required": list(fields), "properties": {name: {"type": "integer"} for name in fields}}


class DeclaredValue(Shape):
    """A number as it is printed, with the wording that qualifies it; or a fraction, whose value is a percentage.

    Either `number`, or `numerator` and `denominator`.
    """

    model_config = ConfigDict(json_schema_extra={"oneOf": [_needs("number"), _needs("denominator", "numerator")]})

    wording: Annotated[DeclaredWording, open_enum(DeclaredWording)] = DeclaredWording.EXACT
    number: Count | None = None
    numerator: Count | None = Field(default=None, description="Must not exceed `denominator`.")
    denominator: Annotated[Count, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        fraction = (self.numerator is not None, self.denominator is not None)
        if fraction not in {(True, True), (False, False)} or (self.number is None) != fraction[0]:
            raise PydanticCustomError("one_value", "either number, or numerator and denominator")
        if self.numerator is not None and self.denominator is not None and self.numerator > self.denominator:
            raise PydanticCustomError("part_within_whole", "numerator must not exceed denominator")
        return self


class EarlierDeclaration(Shape):
    """What was declared before a correction, of which period and in which unit, by whom, and why it was corrected."""

    value: DeclaredValue
    unit: Annotated[DeclaredUnit, open_enum(DeclaredUnit)]
    period: Span
    declarant: Name
    declared_on: Day
    reason: Sentence


class IndicatorDeclared(Event):
    """A number that somebody answers for, about a programme or an organisation and a period.

    A correction publishes it again with a higher `version` and keeps what was said before in `earlier`.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": [scope], "properties": {scope: {"type": "string"}}}
                for scope in ("organisation", "programme")
            ]
        }
    )

    type: ClassVar[str] = "fr.cordees.indicator.declared.v1"
    kind: ClassVar[str] = "declaration"

    declaration: Slug
    indicator: IndicatorCode
    label: Name
    programme: Slug | None = None
    organisation: Slug | None = None
    period: Span
    unit: Annotated[DeclaredUnit, open_enum(DeclaredUnit)]
    value: DeclaredValue
    sentence: Sentence = Field(description="As the document prints it.")
    document: Name = Field(description="Title of the document.")
    declarant: Name = Field(description="A function or a service, never a person's name.")
    declared_on: Day
    parts: tuple[Slug, ...] = Field(
        default=(),
        max_length=50,
        description="Declarations whose numbers add up to this one, each once, and never itself.",
        json_schema_extra={"uniqueItems": True},
    )
    earlier: tuple[EarlierDeclaration, ...] = Field(default=(), max_length=100, description="Oldest first.")

    @property
    def aggregate(self) -> str:
        """What it is about."""
        return self.declaration

    @field_validator("parts")
    @classmethod
    def _parts_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unique(value, "part")
        return value

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if self.programme is None and self.organisation is None:
            raise PydanticCustomError("declared_scope", "a programme, an organisation or both")
        if self.declaration in self.parts:
            raise PydanticCustomError("own_part", "a declaration is not a part of itself")
        return self
