"""The closed lists of the field: activities, roles, levels, statuses. One member, one word on the wire.

Every list has the member `unknown`, which nobody may write: a reader puts it where a newer writer used a
word that this version does not know yet, so that a new member breaks nobody (`base.open_enum`).
"""

from enum import StrEnum


class Activity(StrEnum):
    """Kind of activity: the typology of I16, and `soutien_scolaire` from the family of I03."""

    INFORMATION = "information"
    DECOUVERTE_CAMPUS = "decouverte_campus"
    TUTORAT = "tutorat"
    SOUTIEN_SCOLAIRE = "soutien_scolaire"
    COURS = "cours"
    STAGE_SCIENCES = "stage_sciences"
    STAGE_CPGE = "stage_cpge"
    SORTIE_CULTURELLE = "sortie_culturelle"
    VISITE_ENTREPRISE = "visite_entreprise"
    VISITE_ECOLE = "visite_ecole"
    SPORT = "sport"
    CONFERENCE = "conference"
    FORUM = "forum"
    UNKNOWN = "unknown"


class Attendance(StrEnum):
    """What the roll says of one pupil (R3). The first four count as present."""

    PRESENT = "present"
    DISTANCE = "distance"
    RETARD = "retard"
    DEPART_ANTICIPE = "depart_anticipe"
    ABSENT_JUSTIFIE = "absent_justifie"
    ABSENT_NON_JUSTIFIE = "absent_non_justifie"
    NON_RENSEIGNE = "non_renseigne"
    UNKNOWN = "unknown"


class ActingRole(StrEnum):
    """What an acting person does in an activity. The first three make a student "mobilisé" (I08)."""

    TUTEUR = "tuteur"
    ANIMATEUR = "animateur"
    ACCOMPAGNATEUR = "accompagnateur"
    INTERVENANT = "intervenant"
    CONFERENCIER = "conferencier"
    ORGANISATEUR = "organisateur"
    UNKNOWN = "unknown"


class Category(StrEnum):
    """What an acting person is, at a date (I08, I10)."""

    ETUDIANT = "etudiant"
    ENSEIGNANT = "enseignant"
    CHERCHEUR = "chercheur"
    DOCTORANT = "doctorant"
    ALUMNI = "alumni"
    PERSONNEL = "personnel"
    PROFESSIONNEL = "professionnel"
    UNKNOWN = "unknown"


class Level(StrEnum):
    """Class level (MEF families). `6E` and `5E` are read, and lie outside the scheme's levels."""

    SIXIEME = "6E"
    CINQUIEME = "5E"
    QUATRIEME = "4E"
    TROISIEME = "3E"
    SECONDE_GT = "2GT"
    PREMIERE_G = "1G"
    PREMIERE_T = "1T"
    TERMINALE_G = "TG"
    TERMINALE_T = "TT"
    SECONDE_PRO = "2PRO"
    PREMIERE_PRO = "1PRO"
    TERMINALE_PRO = "TPRO"
    CAP = "CAP"
    CPGE1 = "CPGE1"
    CPGE2 = "CPGE2"
    STS1 = "STS1"
    STS2 = "STS2"
    AUTRE_SUP = "AUTRE_SUP"
    NON_RENSEIGNE = "NON_RENSEIGNE"
    UNKNOWN = "unknown"


class Gender(StrEnum):
    """As the establishment records it; whoever is neither F nor M, or not recorded, is shown apart (I17)."""

    FEMININ = "F"
    MASCULIN = "M"
    AUTRE = "X"
    NON_RENSEIGNE = "non_renseigne"
    UNKNOWN = "unknown"


class Answer(StrEnum):
    """Yes, no, or nobody said: unknown is a category (R8)."""

    OUI = "oui"
    NON = "non"
    NON_RENSEIGNE = "non_renseigne"
    UNKNOWN = "unknown"


class EnrolmentKind(StrEnum):
    """What a pupil is enrolled for. Only `tutorat` makes a tutee (I02)."""

    TUTORAT = "tutorat"
    SOUTIEN = "soutien"
    STAGE = "stage"
    AUTRE = "autre"
    UNKNOWN = "unknown"


class EnrolmentStatus(StrEnum):
    """`asked` until every condition is met; only `active` counts."""

    ASKED = "asked"
    ACTIVE = "active"
    UNKNOWN = "unknown"


class OrganisationKind(StrEnum):
    """What an organisation is (I27, I34)."""

    ECOLE = "ecole"
    CENTRE = "centre"
    UNIVERSITE = "universite"
    LYCEE = "lycee"
    ETAT = "etat"
    COLLECTIVITE = "collectivite"
    ENTREPRISE = "entreprise"
    FONDATION = "fondation"
    ASSOCIATION = "association"
    UNKNOWN = "unknown"


class EstablishmentKind(StrEnum):
    """Type of school in the national directory (I05, I06)."""

    COLLEGE = "college"
    LYCEE_GT = "lycee_gt"
    LYCEE_PROFESSIONNEL = "lycee_professionnel"
    LYCEE_POLYVALENT = "lycee_polyvalent"
    SUPERIEUR = "superieur"
    AUTRE = "autre"
    UNKNOWN = "unknown"


class PriorityStatus(StrEnum):
    """Priority education, fixed by yearly order for a rentrée (collèges only). `aucune`: that list names it no more."""

    REP = "REP"
    REP_PLUS = "REP+"
    HORS_EP = "aucune"
    UNKNOWN = "unknown"


class PartyRole(StrEnum):
    """What a convention makes of its party (I06, I27, I28)."""

    TETE = "tete"
    ENCORDE = "encorde"
    PARTENAIRE = "partenaire"
    FINANCEUR = "financeur"
    SOUTIEN = "soutien"
    PARRAIN = "parrain"
    UNKNOWN = "unknown"


class StandStatus(StrEnum):
    """What became of an institution's stand at a forum; only `confirme` counts (I29)."""

    DEMANDE = "demande"
    CONFIRME = "confirme"
    ANNULE = "annule"
    UNKNOWN = "unknown"


class TrainingKind(StrEnum):
    """What a volunteer was trained in: `tuteur` for I09_formes, `cours_electif` for I24."""

    TUTEUR = "tuteur"
    COURS_ELECTIF = "cours_electif"
    UNKNOWN = "unknown"


class DeclaredUnit(StrEnum):
    """Unit of a declared indicator; money is in whole euros."""

    PERSONS = "persons"
    PERCENT = "percent"
    HOURS = "hours"
    EUROS = "euros"
    ITEMS = "items"
    UNKNOWN = "unknown"


class DeclaredWording(StrEnum):
    """How a document qualifies the number that it prints (R15)."""

    EXACT = "exact"
    PLUS_DE = "plus_de"
    PRES_DE = "pres_de"
    ENVIRON = "environ"
    AU_MOINS = "au_moins"
    UNKNOWN = "unknown"
