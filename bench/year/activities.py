"""The ten kinds of activity of the year: how often, how long, who acts, what is written of them besides."""

from dataclasses import dataclass

from contracts.vocabulary import ActingRole, Activity

_SUBJECTS = ("mathematiques", "physique-chimie", "francais", "anglais", "svt", "histoire-geographie")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. `share` is in percent, `lengths` in minutes; the first of `roles` is always there."""

    activity: Activity
    share: int
    lengths: tuple[int, ...]
    roles: tuple[bytes, ...]
    subjects: tuple[str, ...] = ()
    title: str | None = None

    @property
    def word(self) -> bytes:
        """As it is written."""
        return self.activity.value.encode()


def _roles(*roles: ActingRole) -> tuple[bytes, ...]:
    return tuple(role.value.encode() for role in roles)


_TUTORS = _roles(ActingRole.TUTEUR, ActingRole.TUTEUR, ActingRole.ANIMATEUR)
_COMPANIONS = _roles(ActingRole.ACCOMPAGNATEUR, ActingRole.ANIMATEUR, ActingRole.ORGANISATEUR)
_SPEAKERS = _roles(ActingRole.CONFERENCIER, ActingRole.INTERVENANT, ActingRole.ORGANISATEUR)
_TEACHERS = _roles(ActingRole.INTERVENANT, ActingRole.TUTEUR)

KINDS = (
    Kind(Activity.TUTORAT, 52, (60, 90, 90, 120), _TUTORS, _SUBJECTS),
    Kind(Activity.SOUTIEN_SCOLAIRE, 12, (60, 90), _TUTORS, _SUBJECTS),
    Kind(Activity.COURS, 7, (60, 120), _TEACHERS, _SUBJECTS),
    Kind(Activity.INFORMATION, 8, (45, 60), _SPEAKERS),
    Kind(Activity.SORTIE_CULTURELLE, 6, (150, 240), _COMPANIONS),
    Kind(Activity.VISITE_ECOLE, 4, (120, 180), _COMPANIONS),
    Kind(Activity.VISITE_ENTREPRISE, 4, (120, 180), _COMPANIONS),
    Kind(Activity.CONFERENCE, 4, (60, 90), _SPEAKERS, title="Conférence : les métiers de demain"),
    Kind(Activity.DECOUVERTE_CAMPUS, 2, (180, 300), _COMPANIONS),
    Kind(Activity.STAGE_SCIENCES, 1, (300, 360), _TEACHERS, _SUBJECTS),
)
SHARES = tuple(kind.share for kind in KINDS)
