"""Use cases of hazard reports: mark one, see one, list them, read them for measuring."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Row
from sqlalchemy.orm import Session

from safemap.communities import service as communities
from safemap.db.base import WKBElement
from safemap.db.copy import Column
from safemap.db.merging import MergeCounts, merge_rows
from safemap.db.reading import geometries, literal, numbers, texts, widened
from safemap.geo.crs import Lonlat
from safemap.hazards import repository
from safemap.hazards.categories import CATEGORY_BY_CODE
from safemap.hazards.life import Actor, Stage
from safemap.hazards.routing_out import require_for_a_map
from safemap.hazards.rules import (
    FollowUpUnknown,
    HazardNotFound,
    HazardState,
    Position,
    Sent,
    TextState,
    Visibility,
)
from safemap.hazards.schemas import HazardReport, HazardSeen
from safemap.hazards.tables import Hazard, HazardUpdate
from safemap.hazards.together import let_go
from safemap.identity.permissions import may
from safemap.identity.rules import ANONYMOUS, Kind, Verb, Viewer
from safemap.identity.tokens import hash_of, new_token
from safemap.identity.trail import note_seen

PUBLIC_ID_BYTES = 9  # 72 random bits, 12 letters: cannot be guessed or counted


@dataclass(frozen=True)
class Hazards:
    """Reports as arrays of one length, oldest first; geometries are Points in degrees."""

    public_ids: NDArray[np.object_]
    categories: NDArray[np.object_]
    severities: NDArray[np.float64]
    noticed_at: NDArray[np.object_]
    states: NDArray[np.object_]
    descriptions: NDArray[np.object_]
    accuracy_m: NDArray[np.float64]
    reported_at: NDArray[np.object_]
    geometries: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.public_ids)


def new_public_id() -> str:
    """Return a random id that tells nothing of order or number."""
    return secrets.token_urlsafe(PUBLIC_ID_BYTES)


@dataclass(frozen=True)
class Reported:
    """A report just stored, as its reporter sees it.

    Parameters
    ----------
    follow_up
        The token of the reporter's own link: told this once, kept as a hash.
    """

    seen: HazardSeen
    follow_up: str


def take_report(
    session: Session,
    report: HazardReport,
    notice_version: str | None = None,
    *,
    viewer: Viewer = ANONYMOUS,
    sent: Sent | None = None,
) -> Reported:
    """Store a report in the village that the spot lies in; it waits, with its words, until somebody looked.

    A member of the village is known to its secretary: their report is on the map at once, unless such reports easily
    speak of people; only its words wait.

    Parameters
    ----------
    notice_version
        Of the notice about personal data that its reporter was shown.
    sent
        The key that it came with, if it did, and that none came with before (`sent.sent_before`).

    Raises
    ------
    NowhereKnown
        The spot lies in no imported village.
    BelongsElsewhere
        The words speak of what no map may hold; nothing of them was stored.
    """
    require_for_a_map(report.description)
    village_id = communities.village_at(session, report.lon, report.lat)
    follow_up = sent.follow_up if sent else new_token()
    is_known = may(viewer, Verb.SEE_APPROXIMATE, Kind.REPORT, [village_id])
    is_held = not is_known or CATEGORY_BY_CODE[report.category].is_sensitive
    kept = Hazard(
        public_id=new_public_id(),
        village_id=village_id,
        category=report.category,
        severity=int(report.severity),
        noticed_at=report.noticed_at.value,
        happened_at=report.happened_at,
        weekdays=report.weekdays,
        from_hour=report.from_hour,
        until_hour=report.until_hour,
        stage=(Stage.SUBMITTED if is_held else Stage.OPEN).value,
        visibility=(Visibility.HELD if is_held else Visibility.SHOWN).value,
        asset_kind=report.asset_kind,
        asset_number=report.asset_number,
        extent=_extent(report),
        description=report.description,
        text_state=(TextState.HELD if report.description else TextState.SHOWN).value,
        is_public_place=report.is_public_place,
        accuracy_m=report.accuracy_m,
        follow_up_hash=hash_of(follow_up),
        sent_key_hash=sent.key_hash if sent else None,
        sent_body_hash=sent.body_hash if sent else None,
        notice_version=notice_version,
        geom=literal(Lonlat(shapely.Point(report.lon, report.lat))),
    )
    repository.add(session, kept)
    actor = Actor.REPORTER if is_held else Actor.SYSTEM
    repository.add_update(session, HazardUpdate(hazard_id=kept.id, to_stage=kept.stage, actor=actor.value))
    return Reported(seen_by_its_reporter(session, kept.public_id), follow_up)


def seen_by_its_reporter(session: Session, public_id: str) -> HazardSeen:
    """Return a report as its reporter sees it: whoever asks has to know that it is they.

    Raises
    ------
    HazardNotFound
        No report has that id.
    """
    return _one(session, repository.ITS_REPORTERS, public_id)


def _extent(report: HazardReport) -> WKBElement | None:
    if report.line:
        return literal(Lonlat(shapely.LineString(report.line)))
    return literal(Lonlat(shapely.Polygon(report.area))) if report.area else None


def report_seen(session: Session, viewer: Viewer, public_id: str) -> HazardSeen:
    """Return one report as a viewer sees it.

    Raises
    ------
    HazardNotFound
        No report has that id, or the viewer may not know of it.
    """
    return noted(session, viewer, [_one(session, repository.sight_of(viewer), public_id)], Looking.ONE)[0]


def seen_of(session: Session, viewer: Viewer, public_ids: Sequence[str]) -> list[HazardSeen]:
    """Return some reports as a viewer sees them, in the order of their ids; those not seen are left out."""
    place = {public_id: at for at, public_id in enumerate(public_ids)}
    rows = repository.by_public_ids(session, repository.sight_of(viewer), public_ids)
    found = sorted((seen_row(row) for row in rows), key=lambda seen: place[seen.public_id])
    return noted(session, viewer, found, Looking.ONE)


def seen_on_street(session: Session, viewer: Viewer, public_ids: Sequence[str]) -> list[HazardSeen]:
    """Return some reports as a viewer sees them, with no place near homes exact, whoever they are."""
    return [seen_row(row) for row in repository.by_public_ids(session, repository.by_street_alone(viewer), public_ids)]


def report_by_follow_up(session: Session, follow_up: str) -> HazardSeen:
    """Return the report whose reporter holds a link, as it was sent.

    Raises
    ------
    FollowUpUnknown
        The link is not known any more.
    """
    return seen_by_its_reporter(session, _followed(session, follow_up).public_id)


def withdraw_report(session: Session, follow_up: str) -> None:
    """Delete a report at its reporter's wish.

    Raises
    ------
    FollowUpUnknown
        The link is not known any more.
    """
    kept = _followed(session, follow_up)
    let_go(session, kept)
    session.delete(kept)
    session.flush()


def remove_personal_details(session: Session, follow_up: str) -> None:
    """Delete a report's words at its reporter's wish; the spot stays.

    Raises
    ------
    FollowUpUnknown
        The link is not known any more.
    """
    kept = _followed(session, follow_up)
    kept.description = ""
    kept.text_state = TextState.SHOWN.value
    repository.forget_reporters_words(session, kept.id)
    session.flush()


def forget_link(session: Session, follow_up: str) -> None:
    """Have a reporter's own link open nothing any more; the report stays.

    Raises
    ------
    FollowUpUnknown
        The link is not known any more.
    """
    _followed(session, follow_up).follow_up_hash = None
    session.flush()


def reports_seen(
    session: Session,
    viewer: Viewer,
    village_ids: Sequence[int],
    *,
    categories: Sequence[str] = (),
    states: Sequence[str] = (),
    box: tuple[float, float, float, float] | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int = 100,
) -> list[HazardSeen]:
    """Reports of some villages that a viewer may see, newest first; `before` is the last one of the page before."""
    rows = repository.newest_in_villages(
        session,
        repository.sight_of(viewer),
        village_ids,
        categories=categories,
        states=states,
        box=box,
        before=before,
        limit=limit,
    )
    return noted(session, viewer, [seen_row(row) for row in rows], Looking.MAP)


def sources_in(session: Session, place: Lonlat) -> list[str]:
    """Names of the sources of a place's reports, for attribution; an empty one stands for reports made here."""
    return repository.sources_in(session, place)


def hazards_for_members(session: Session, village_ids: Sequence[int], place: Lonlat, margin_m: float) -> Hazards:
    """Open reports as members of some villages see them, for measuring what members are shown.

    Those of the villages, and those at public places in the place widened by a margin. What is made of them tells
    members nothing that they could not see, however it is taken apart. The accuracy of those on their street is the
    radius told of all of them, or the report's own when that is worse.
    """
    sight = repository.members_sight(village_ids)
    return _arrays(repository.columns_in(session, sight, widened(place, margin_m), only_open=True, is_measured=True))


@dataclass(frozen=True)
class StreetReports:
    """Reports by their street, as arrays of one length, oldest first.

    Parameters
    ----------
    places
        Middle of the street's part in its village (Point in degrees): one for all reports there, at public places too.
    """

    categories: NDArray[np.object_]
    noticed_at: NDArray[np.object_]
    is_open: NDArray[np.bool_]
    reported_at: NDArray[np.object_]
    places: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.places)


def reports_by_street(session: Session, village_ids: Sequence[int]) -> StreetReports:
    """All reports of some villages, each on its street: no member may learn more of one, and counting needs no more."""
    categories, noticed_at, states, reported_at, wkb = repository.by_street(session, village_ids)
    return StreetReports(
        categories=texts(categories),
        noticed_at=texts(noticed_at),
        is_open=np.array([state == HazardState.OPEN.value for state in states], dtype=np.bool_),
        reported_at=texts(reported_at),
        places=geometries(wkb),
    )


def hazards_seen_in(session: Session, viewer: Viewer, place: Lonlat, *, only_open: bool = False) -> Hazards:
    """Reports in a place as a viewer may see them, for drawing."""
    return _arrays(repository.columns_in(session, repository.sight_of(viewer), place, only_open=only_open))


def _arrays(columns: list[Sequence[Any]]) -> Hazards:
    public_ids, categories, severities, noticed_at, states, descriptions, accuracy_m, reported_at, wkb = columns
    return Hazards(
        public_ids=texts(public_ids),
        categories=texts(categories),
        severities=numbers(severities),
        noticed_at=texts(noticed_at),
        states=texts(states),
        descriptions=texts(descriptions),
        accuracy_m=numbers(accuracy_m),
        reported_at=texts(reported_at),
        geometries=geometries(wkb),
    )


def count_by_category(session: Session, village_ids: Sequence[int], state: HazardState | None = None) -> dict[str, int]:
    """Numbers of reports by category code, of one state or of all."""
    counted: dict[str, int] = {}
    for category, its_state, number in repository.counts(session, village_ids):
        if state is None or its_state == state.value:
            counted[category] = counted.get(category, 0) + number
    return counted


def counts_seen(
    session: Session, viewer: Viewer, village_ids: Sequence[int], state: HazardState | None = None
) -> dict[str, int]:
    """Numbers of the reports that a viewer may see, by category code, of one state or of all."""
    counted: dict[str, int] = {}
    for category, its_state, number in repository.counts_seen(session, repository.sight_of(viewer), village_ids):
        if state is None or its_state == state.value:
            counted[category] = counted.get(category, 0) + number
    return counted


class Looking(StrEnum):
    """What somebody looked at, as the access log says it."""

    ONE = "one report"
    WORDS = "words to moderate"
    MAP = "map of reports"


def noted(session: Session, viewer: Viewer, seen: list[HazardSeen], looking: Looking) -> list[HazardSeen]:
    """Note that somebody saw exact private places: which reports, or of a whole map which villages'."""
    private = [one for one in seen if one.position is Position.EXACT and not one.is_public_place]
    if viewer.is_signed_in and private:
        of_map = looking is Looking.MAP
        records = sorted({one.village_key if of_map else one.public_id for one in private})
        note_seen(session, viewer, records, looking.value, kind="report_map" if of_map else "report")
    return seen


def _one(session: Session, sight: repository.Sight, public_id: str) -> HazardSeen:
    row = repository.by_public_id(session, sight, public_id)
    if row is None:
        raise HazardNotFound(public_id)
    return seen_row(row)


def _followed(session: Session, follow_up: str) -> Hazard:
    kept = repository.by_follow_up(session, hash_of(follow_up))
    if kept is None:
        raise FollowUpUnknown
    return kept


def seen_row(row: Row[*tuple[Any, ...]]) -> HazardSeen:
    """Return a row of the repository as a viewer sees it."""
    return HazardSeen(**dict(zip(HazardSeen.model_fields, row, strict=True)))


def store_hazards(session: Session, columns: Sequence[Column]) -> MergeCounts:
    """Store imported reports by their source's ids."""
    return merge_rows(session, "hazard", columns)


def public_ids_of(session: Session, source: str) -> dict[str, str]:
    """Public ids of the reports that were imported from a source, by the source's own ids."""
    return repository.public_ids_of(session, source)
