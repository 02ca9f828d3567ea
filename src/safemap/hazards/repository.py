"""Queries for hazard reports."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    not_,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from safemap.communities.tables import Village
from safemap.db.reading import as_wkb, columns_of, literal, sources_within
from safemap.geo.crs import Lonlat
from safemap.hazards.life import Actor, Stage
from safemap.hazards.rules import ON_BORDER_DEG, STREET_ACCURACY_M, TAIWAN, HazardState, Position, TextState, Visibility
from safemap.hazards.tables import Hazard, HazardSupport, HazardUpdate
from safemap.identity.rules import ANONYMOUS, Kind, Verb, Viewer
from safemap.identity.service import narrowed


def add(session: Session, hazard: Hazard) -> None:
    """Add a report and let the database judge it."""
    session.add(hazard)
    session.flush()


def add_update(session: Session, step: HazardUpdate) -> None:
    """Add a step in a report's life."""
    session.add(step)
    session.flush()


@dataclass(frozen=True)
class Sight:
    """A viewer's rights as conditions: every query of reports for people starts from them."""

    is_exact: ColumnElement[bool]
    is_seen: ColumnElement[bool]
    reads_all_words: ColumnElement[bool]

    @property
    def place(self) -> ColumnElement[Any]:
        """Where the viewer sees a report."""
        return case((self.is_exact, Hazard.geom), else_=Hazard.street_geom)

    def is_placed(self, test: Callable[[InstrumentedAttribute[Any]], ColumnElement[bool]]) -> ColumnElement[bool]:
        """Whether the place where the viewer sees a report passes a test; each column by its own index."""
        return or_(and_(self.is_exact, test(Hazard.geom)), and_(not_(self.is_exact), test(Hazard.street_geom)))


def sight_of(viewer: Viewer) -> Sight:
    """Return what a viewer sees: exactly, on its street, or, of public places alone, as everybody does."""
    is_shown = Hazard.visibility == Visibility.SHOWN.value
    is_staffs = narrowed(viewer, Verb.SEE_EXACT, Kind.REPORT, Hazard.village_id)
    is_members = narrowed(viewer, Verb.SEE_APPROXIMATE, Kind.REPORT, Hazard.village_id)
    moderates = narrowed(viewer, Verb.MODERATE, Kind.REPORT, Hazard.village_id)
    return Sight(
        is_exact=or_(is_staffs, Hazard.is_public_place),
        is_seen=or_(is_staffs, moderates, and_(is_shown, or_(is_members, Hazard.is_public_place))),
        reads_all_words=or_(is_staffs, moderates),
    )


def members_sight(village_ids: Sequence[int]) -> Sight:
    """Return what each member of some villages may see, whatever else they are."""
    is_theirs = Hazard.village_id.in_(village_ids)
    return Sight(
        is_exact=Hazard.is_public_place.expression,
        is_seen=and_(Hazard.visibility == Visibility.SHOWN.value, or_(is_theirs, Hazard.is_public_place)),
        reads_all_words=false(),
    )


def by_street_alone(viewer: Viewer) -> Sight:
    """Return a viewer's sight with no place near homes exact, whoever they are."""
    return Sight(is_exact=Hazard.is_public_place.expression, is_seen=sight_of(viewer).is_seen, reads_all_words=false())


ITS_REPORTERS = Sight(true(), true(), true())
"""What who holds a report's own link sees of it."""

SHOWN_TO_ANYBODY = Sight(true(), Hazard.visibility == Visibility.SHOWN.value, false())
"""For counting what is seen by some, whoever they are."""


IS_ITS_OWN = Hazard.stage != Stage.MERGED.value
"""A report that is told together with another one is on no map, in no list and in no count: its head is."""


def moderates(viewer: Viewer) -> ColumnElement[bool]:
    """Whether a viewer moderates a report's village."""
    return narrowed(viewer, Verb.MODERATE, Kind.REPORT, Hazard.village_id)


def supporters() -> ColumnElement[int]:
    """How many others say so too: by a report of their own that is told with this one, or by a tap on either."""
    told_with = aliased(Hazard)
    is_counted = HazardSupport.note_state != TextState.HIDDEN.value  # whose note was hidden may be no neighbour at all
    reports = select(func.count()).where(told_with.merged_into_id == Hazard.id).correlate(Hazard).scalar_subquery()
    said = (
        select(func.count())
        .select_from(HazardSupport)
        .where(HazardSupport.hazard_id == Hazard.id, is_counted)
        .correlate(Hazard)
        .scalar_subquery()
    )
    said_with = (
        select(func.count())
        .select_from(HazardSupport)
        .join(told_with, told_with.id == HazardSupport.hazard_id)
        .where(told_with.merged_into_id == Hazard.id, is_counted)
        .correlate(Hazard)
        .scalar_subquery()
    )
    return reports + said + said_with


def _seen(sight: Sight) -> Select[*tuple[Any, ...]]:
    reads = or_(Hazard.text_state == TextState.SHOWN.value, sight.reads_all_words)
    return (
        select(
            Hazard.public_id,
            Village.code,
            Village.name,
            Hazard.category,
            Hazard.severity,
            Hazard.noticed_at,
            Hazard.state,
            Hazard.stage,
            Hazard.visibility,
            case((reads, Hazard.description), else_=""),
            Hazard.text_state,
            Hazard.is_public_place,
            case((sight.is_exact, Position.EXACT.value), else_=Position.STREET.value),
            case((sight.is_exact, Hazard.accuracy_m), else_=STREET_ACCURACY_M),
            Hazard.reported_at,
            Hazard.fixed_at,
            supporters(),
            func.ST_X(sight.place),
            func.ST_Y(sight.place),
        )
        .join(Village, Village.id == Hazard.village_id)
        .where(sight.is_seen)
    )


def by_public_id(session: Session, sight: Sight, public_id: str) -> Row[*tuple[Any, ...]] | None:
    """One report with its village, when it is seen."""
    return session.execute(_seen(sight).where(Hazard.public_id == public_id)).one_or_none()


def updates_of(session: Session, sight: Sight, public_id: str) -> Sequence[Row[*tuple[Any, ...]]]:
    """The steps of a report's life, first to last, when it is seen; words that wait are for who reads all."""
    reads = or_(HazardUpdate.words_state == TextState.SHOWN.value, sight.reads_all_words)
    return session.execute(
        select(
            HazardUpdate.at,
            HazardUpdate.from_stage,
            HazardUpdate.to_stage,
            HazardUpdate.actor,
            HazardUpdate.role,
            HazardUpdate.reason,
            HazardUpdate.body,
            case((reads, HazardUpdate.words), else_=""),
        )
        .join(Hazard, Hazard.id == HazardUpdate.hazard_id)
        .where(Hazard.public_id == public_id, sight.is_seen)
        .order_by(HazardUpdate.id)
    ).all()


def forget_reporters_words(session: Session, hazard_id: int) -> None:
    """Take the words out of what a report's reporter said of it later."""
    is_reporters = HazardUpdate.actor == Actor.REPORTER.value
    session.execute(update(HazardUpdate).where(HazardUpdate.hazard_id == hazard_id, is_reporters).values(words=""))


def by_public_ids(session: Session, sight: Sight, public_ids: Sequence[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Some reports with their villages, as far as they are seen."""
    return session.execute(_seen(sight).where(Hazard.public_id.in_(public_ids))).all()


def by_follow_up(session: Session, follow_up_hash: bytes) -> Hazard | None:
    """The report whose reporter holds a link."""
    return session.scalars(select(Hazard).where(Hazard.follow_up_hash == follow_up_hash)).one_or_none()


def newest_in_villages(
    session: Session,
    sight: Sight,
    village_ids: Sequence[int],
    *,
    categories: Sequence[str],
    states: Sequence[str],
    box: tuple[float, float, float, float] | None,
    before: tuple[datetime, str] | None,
    limit: int,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Reports of some villages, newest first, from after a keyset position on; a box is about where they are seen."""
    statement = _seen(sight).where(Hazard.village_id.in_(village_ids), IS_ITS_OWN)
    if categories:
        statement = statement.where(Hazard.category.in_(categories))
    if states:
        statement = statement.where(Hazard.state.in_(states))
    if box is not None:
        asked = literal(Lonlat(shapely.box(*box)))
        statement = statement.where(sight.is_placed(lambda place: place.op("&&")(asked)))
    if before is not None:
        statement = statement.where(
            tuple_(Hazard.reported_at, Hazard.public_id) < tuple_(before[0], cast(before[1], String))
        )
    return session.execute(statement.order_by(Hazard.reported_at.desc(), Hazard.public_id.desc()).limit(limit)).all()


def changed_at() -> ColumnElement[datetime]:
    """When a report last came to another stage: the beginning of the day, as `rules.day_of` says, and why."""
    stepped = (
        select(func.max(HazardUpdate.at))
        .where(HazardUpdate.hazard_id == Hazard.id, HazardUpdate.to_stage == Hazard.stage)
        .correlate(Hazard)
        .scalar_subquery()
    )
    day = func.date_trunc("day", func.greatest(Hazard.state_since, stepped), TAIWAN.key)
    return func.greatest(Hazard.reported_at, day)


def lately_changed_for_all(
    session: Session, village_ids: Sequence[int], categories: Sequence[str], untold: Sequence[str], limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Reports that everybody sees, as everybody sees them, with their last change, latest first; some stages apart."""
    changed = changed_at().label("changed_at")
    statement = (
        _seen(sight_of(ANONYMOUS))
        .add_columns(changed)
        .where(Hazard.is_public_place, Hazard.village_id.in_(village_ids), Hazard.stage.not_in(untold))
    )
    if categories:
        statement = statement.where(Hazard.category.in_(categories))
    return session.execute(statement.order_by(changed.desc(), Hazard.public_id).limit(limit)).all()


def held_words(session: Session, viewer: Viewer, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """Reports that wait, or whose words do, of the villages where the viewer moderates, oldest first."""
    may_moderate = narrowed(viewer, Verb.MODERATE, Kind.REPORT, Hazard.village_id)
    return session.execute(
        _seen(sight_of(viewer))
        .where(or_(Hazard.text_state == TextState.HELD.value, Hazard.visibility == Visibility.HELD.value), may_moderate)
        .order_by(Hazard.reported_at, Hazard.id)
        .limit(limit)
    ).all()


def to_moderate(session: Session, public_id: str) -> Hazard | None:
    """A report, for changing what is shown of it."""
    return session.scalars(select(Hazard).where(Hazard.public_id == public_id).with_for_update()).one_or_none()


def private_places(session: Session, village_ids: Sequence[int]) -> list[Sequence[Any]]:
    """Village, and place on the street, of each open report that is not at a public place."""
    return columns_of(
        session,
        select(Hazard.village_id, as_wkb(Hazard.street_geom))
        .where(
            Hazard.village_id.in_(village_ids),
            Hazard.state == HazardState.OPEN.value,
            Hazard.visibility == Visibility.SHOWN.value,
            Hazard.is_public_place.is_(False),
            IS_ITS_OWN,
        )
        .order_by(Hazard.id),
    )


def place_and_time(session: Session, sight: Sight, public_id: str) -> Row[Any, datetime] | None:
    """Where, as WKB, and when a report was made, when it is seen."""
    return session.execute(
        select(as_wkb(sight.place), Hazard.reported_at).where(Hazard.public_id == public_id, sight.is_seen)
    ).one_or_none()


def seen_about(session: Session, sight: Sight, place: Lonlat, since: datetime, until: datetime) -> list[Sequence[Any]]:
    """Columns of the reports that are seen in a place's box, of some days, oldest first."""
    box = literal(place)
    return columns_of(
        session,
        select(Hazard.public_id, Hazard.category, Hazard.state, Hazard.reported_at, as_wkb(sight.place))
        .where(sight.is_seen, IS_ITS_OWN, sight.is_placed(lambda column: column.op("&&")(box)))
        .where(Hazard.reported_at.between(since, until))
        .order_by(Hazard.reported_at, Hazard.id),
    )


def by_street(session: Session, village_ids: Sequence[int]) -> list[Sequence[Any]]:
    """Columns of all reports of some villages, each on its street, oldest first."""
    return columns_of(
        session,
        select(Hazard.category, Hazard.noticed_at, Hazard.state, Hazard.reported_at, as_wkb(Hazard.street_geom))
        .where(Hazard.village_id.in_(village_ids), Hazard.visibility == Visibility.SHOWN.value, IS_ITS_OWN)
        .order_by(Hazard.reported_at, Hazard.id),
    )


def columns_in(
    session: Session, sight: Sight, place: Lonlat, *, only_open: bool, is_measured: bool = False
) -> list[Sequence[Any]]:
    """Columns of the reports that are seen in a place, oldest first.

    For measuring, a report that is known worse than by its street says so; what is told of it is one radius for all.
    """
    on_street = func.greatest(Hazard.accuracy_m, STREET_ACCURACY_M) if is_measured else STREET_ACCURACY_M
    reads = or_(Hazard.text_state == TextState.SHOWN.value, sight.reads_all_words)
    statement = select(
        Hazard.public_id,
        Hazard.category,
        Hazard.severity,
        Hazard.noticed_at,
        Hazard.state,
        case((reads, Hazard.description), else_=""),
        case((sight.is_exact, Hazard.accuracy_m), else_=on_street),
        Hazard.reported_at,
        as_wkb(sight.place),
    ).where(
        sight.is_seen,
        IS_ITS_OWN,
        sight.is_placed(lambda column: func.ST_DWithin(column, literal(place), ON_BORDER_DEG)),
    )
    if only_open:
        statement = statement.where(Hazard.state == HazardState.OPEN.value)
    return columns_of(session, statement.order_by(Hazard.reported_at, Hazard.id))


def counts(session: Session, village_ids: Sequence[int]) -> Sequence[Row[str, str, int]]:
    """Numbers of the reports that are shown, by category and state."""
    return counts_seen(session, SHOWN_TO_ANYBODY, village_ids)


def counts_seen(session: Session, sight: Sight, village_ids: Sequence[int]) -> Sequence[Row[str, str, int]]:
    """Numbers of the reports that are seen, by category and state."""
    return session.execute(
        select(cast(Hazard.category, Text), cast(Hazard.state, Text), func.count())
        .where(Hazard.village_id.in_(village_ids), sight.is_seen, IS_ITS_OWN)
        .group_by(Hazard.category, Hazard.state)
        .order_by(Hazard.category, Hazard.state)
    ).all()


def public_ids_of(session: Session, source: str) -> dict[str, str]:
    """Public ids of a source's reports by the source's own ids."""
    rows = session.execute(select(Hazard.source_id, Hazard.public_id).where(Hazard.source == source))
    return {row.source_id: row.public_id for row in rows if row.source_id is not None}


def sources_in(session: Session, place: Lonlat) -> list[str]:
    """Names of the sources of a place's reports; an empty one stands for reports made here."""
    return sources_within(session, Hazard.source, Hazard.geom, place)
