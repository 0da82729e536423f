"""What the API answers, field by field. Shapes only."""

from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction

from pydantic import BaseModel, Field

from services.reporting.gathering.stale import Terms
from services.reporting.indicators.indicator import Figure, Indicator
from services.reporting.parts import Part
from services.reporting.queries.question import By, Question

Shown = int | float | None


def shown(number: int | Fraction | None) -> Shown:
    """Whole numbers as they are, others with four decimals: rounding is for display alone (R9)."""
    if number is None or isinstance(number, int):
        return number
    return int(number) if number.denominator == 1 else round(float(number), 4)


class Definition(BaseModel):
    """Un indicateur du catalogue : sa règle, et la version de cette règle."""

    code: str
    name_fr: str
    name_en: str
    unit: str = Field(description="persons, hours, percent, activities, sites, uai, organisations…")
    definition_version: int = Field(description="Monte chaque fois que la règle change.")
    rule: str
    seed: str = Field(description="Les programmes dont un document imprime ce chiffre.")
    breakdowns: list[By] = Field(description="Valeurs permises du paramètre `by`.")

    @classmethod
    def of(cls, indicator: Indicator) -> "Definition":
        """Of a catalogue entry."""
        return cls(
            code=indicator.code,
            name_fr=indicator.name_fr,
            name_en=indicator.name_en,
            unit=indicator.unit,
            definition_version=indicator.version,
            rule=indicator.rule,
            seed=indicator.seed,
            breakdowns=sorted(indicator.breakdowns),
        )


class Scope(BaseModel):
    """La question : quelle période, quel programme, quelle organisation, quelle ventilation."""

    period: str
    starts_on: date = Field(description="Première date locale comprise.")
    ends_on: date = Field(description="Première date locale qui n'est plus comprise.")
    programme: str | None = Field(description="Avec ses sous-programmes ; null : tous.")
    organisation: str | None = Field(description="Avec ses membres à la date de chaque activité ; null : toutes.")
    by: By | None

    @classmethod
    def of(cls, question: Question) -> "Scope":
        """Of a question."""
        period = question.period
        return cls(
            period=period.text,
            starts_on=period.starts_on,
            ends_on=period.ends_on,
            programme=question.programme,
            organisation=question.organisation,
            by=question.by,
        )


class Value(BaseModel):
    """Une valeur, ou un intervalle qui contient la vérité (effectifs déclarés, règle R12)."""

    value: Shown = Field(description="null quand low et high diffèrent : la valeur n'est connue que par ses bornes.")
    low: Shown
    high: Shown
    facts_counted: int = Field(description="Nombre de faits comptés ; /explanation les nomme.")
    details: Mapping[str, Shown] = Field(description="Ce qui accompagne le chiffre sans en faire partie.")

    @classmethod
    def of(cls, figure: Figure) -> "Value":
        """Of a figure."""
        return cls(**_value(figure))


class Cell(Value):
    """Une case de la ventilation, recomptée : les cases ne s'additionnent pas (règle R6).

    Là où les effectifs déclarés ne peuvent répondre, chaque case qu'ils pourraient remplir, depuis 0 (règle R12).
    """

    cell: str = Field(description="`non_renseigne` : personne ne l'a dit (règle R8).")

    @classmethod
    def at(cls, cell: str, figure: Figure) -> "Cell":
        """Of a figure and its cell."""
        return cls(cell=cell, **_value(figure))


def _value(figure: Figure) -> dict[str, object]:
    return {
        "value": shown(figure.value),
        "low": shown(figure.low),
        "high": shown(figure.high),
        "facts_counted": figure.facts,
        "details": {name: shown(number) for name, number in figure.details.items()},
    }


class DataQuality(BaseModel):
    """Ce qui manque aux données : jamais compté, toujours montré."""

    missing_rolls: int = Field(description="Activités passées, prévues, sans appel (appel_manquant).")
    unknown_references: int = Field(description="Références d'un appel que personne n'a encore inscrites.")
    unknown_establishments: int = Field(description="UAI absents du registre.")


class Known(BaseModel):
    """De combien de personnes comptées l'attribut est connu (règle R8)."""

    known: int
    total: int


class WordingVerdict(BaseModel):
    """Ce que le chiffre dit d'une formulation (règle R15)."""

    wording: str
    verdict: str = Field(description="established, compatible, contradicted")
    label: str = Field(description="établi, compatible, contredit")


class Judged(BaseModel):
    """Le nombre de cette réponse dont parle la formulation (paramètre `of`)."""

    of: str
    value: Shown
    low: Shown
    high: Shown

    @classmethod
    def of_part(cls, part: Part) -> "Judged":
        """Of a part of the answer."""
        figure = part.figure
        return cls(of=part.of, value=shown(figure.value), low=shown(figure.low), high=shown(figure.high))


class IndicatorAnswer(Value):
    """Un chiffre, sa définition, sa portée, ce qui lui manque, et jusqu'où les faits avaient été lus."""

    indicator: Definition
    scope: Scope
    data_quality: DataQuality
    coverage: Known | None = Field(description="Seulement avec une ventilation par attribut.")
    cells: list[Cell]
    judged: Judged
    wording: WordingVerdict | None
    suggested_wording: str | None = Field(
        description="Une formulation que ce nombre établit ; null : pas de valeur, rien de sûr, ou moins de 1 %."
    )
    watermark: str = Field(description="Opaque. À rendre à /explanation?after= pour savoir ce qui a changé depuis.")
    projection: int


class Position(BaseModel):
    """Où le fait se trouve sur cordees.sessions."""

    topic: str
    partition: int
    offset: int


class Fact(BaseModel):
    """Un fait, compté ou non, et pourquoi. Identifiants pseudonymes, jamais un nom."""

    family: str = Field(description="presence, acting, headcount, activity, enrolment")
    counted: bool
    reason: str = Field(description="Compté : present, present_without_enrolment, held, declared, enrolled.")
    session: str | None
    version: int | None
    day: date
    activity: str | None
    programme: str | None
    record: str | None = Field(description="Ce qu'un partenaire dit d'une personne pour une année.")
    person: str | None = Field(description="La personne à qui ce dossier est attribué (pseudonyme).")
    role: str | None
    attendance: str | None
    minutes: int | None
    preparation: int | None
    pupils: int | None = Field(description="Effectif déclaré, moins les élèves nommés au même appel.")
    girls: int | None
    establishment: str | None
    site: str | None
    level: str | None = Field(description="Ce jour-là ; `by=level` lit la première activité (R7).")
    school: str | None
    organisation: str | None
    convention: str | None
    certificate: str | None
    course: str | None
    declaration: str | None
    wording: str | None = Field(description="D'une déclaration : exact, plus_de, pres_de, environ, au_moins.")
    number: int | None
    numerator: int | None
    denominator: int | None
    starts_on: date | None = Field(description="D'une convention, d'une scolarité, d'une déclaration.")
    ends_on: date | None = Field(description="Premier jour qui n'en est plus ; null : pas de fin.")
    kind: str | None = Field(description="Nature de l'organisation.")
    title: str | None
    years_between: int | None
    cohort: str | None = Field(description="Année scolaire de la dernière présence antérieure.")
    condition: str | None
    categories: list[str] | None = Field(description="Ce qu'était ce jour-là la personne qui intervient.")
    cells: list[str] | None = Field(description="Les cases de la ventilation où ce fait compte.")
    reported_version: int | None = Field(description="La version du partenaire.")
    correlation: str | None = Field(description="Celle du message du partenaire, dans chaque journal.")
    position: Position | None


class ExplanationPage(BaseModel):
    """Une page de faits, dans un ordre fixe."""

    indicator: Definition
    scope: Scope
    facts: list[Fact]
    next_cursor: str | None = Field(description="À rendre dans `cursor` ; null : dernière page.")
    watermark: str


class PartitionPosition(BaseModel):
    """Jusqu'où une partition est projetée."""

    topic: str
    partition: int
    next_offset: int = Field(description="Tout ce qui est en dessous est dans les chiffres.")
    log_end: int | None = Field(description="Fin du journal quand cette position a bougé pour la dernière fois.")
    lag: int | None
    event_time: datetime | None = Field(description="Date du plus récent événement projeté.")
    parked: int = Field(description="Messages illisibles mis de côté sur cette partition.")


class ProgrammeTerms(BaseModel):
    """Les semestres des programmes : leurs appels sont rassemblés par dossier, les chiffres en sont plus rapides."""

    total: int
    stale: int = Field(description="Pas encore rassemblés depuis leurs dernières séances.")
    stale_since: datetime | None = Field(description="Depuis quand le plus ancien de ceux-là attend.")

    @classmethod
    def of(cls, terms: Terms | None) -> "ProgrammeTerms | None":
        """Of a version's count."""
        if terms is None:
            return None
        return cls(total=terms.terms, stale=terms.stale, stale_since=terms.stale_since)


class ProjectionState(BaseModel):
    """Une version de projection et ses positions."""

    version: int
    status: str = Field(description="filling, live, retired")
    terms: ProgrammeTerms | None = Field(description="null : les tables d'une autre version du logiciel.")
    positions: list[PartitionPosition]
