"""Villages, communities and study areas: the words, and the errors."""

from dataclasses import dataclass
from enum import StrEnum

from safemap.errors import InvalidInput, NotFound
from safemap.geo.crs import Lonlat, MetricPlane


class CommunityKind(StrEnum):
    """What kind of body works for safety in its villages."""

    ASSOCIATION = "association"  # 社區發展協會
    VILLAGE_OFFICE = "village_office"  # 里辦公處
    CONDOMINIUM = "condominium"  # 公寓大廈管理委員會


@dataclass(frozen=True)
class StudyArea:
    """What a diagnosis, a map or a handout is made for: one village, or all imported villages of a town (區).

    Parameters
    ----------
    key
        Stable and fit for a URL: a village's code, or ``town-`` and the town's name.
    village_ids
        The villages it is made of, at least one.
    geometry
        Their union.
    """

    key: str
    name: str
    name_en: str
    county: str
    town: str
    village_ids: tuple[int, ...]
    geometry: Lonlat
    is_fictional: bool

    @property
    def plane(self) -> MetricPlane:
        """The plane in which everything in this area is measured."""
        return MetricPlane.around(self.geometry)


class VillageNotFound(NotFound):
    """No village or town has that name, code or number."""

    def __init__(self, named: str, known: str) -> None:
        super().__init__(
            "There is no village or town “{named}”.", remedy="Known are: {known}.", named=named, known=known
        )


class VillageAmbiguous(InvalidInput):
    """Several villages have that name."""

    def __init__(self, named: str, choices: str) -> None:
        super().__init__(
            "“{named}” could be several villages.",
            remedy="Say which, by code: {choices}.",
            named=named,
            choices=choices,
        )


class CommunityNotFound(NotFound):
    """No community has that name."""

    def __init__(self, name: str) -> None:
        super().__init__("There is no community “{name}”.", remedy="Its name has to be given whole.", name=name)


class PrecinctNotFound(NotFound):
    """A county has no police precinct of that name."""

    def __init__(self, county: str, name: str) -> None:
        super().__init__(
            "{county} has no police precinct “{name}”.",
            remedy="Its name has to be given whole.",
            county=county,
            name=name,
        )


class NowhereKnown(NotFound):
    """A point lies in no imported village."""

    def __init__(self) -> None:
        super().__init__(
            "The spot lies in no village that this map knows.", remedy="Choose a spot inside the outlined area."
        )
