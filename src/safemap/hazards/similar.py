"""Reports that are likely the same as one that somebody is about to send, or as one that is here.

Whoever fills in the form is told only of what they may see anyway, and everything is measured between places where
they see it: for members in the middle of a street, for visitors public places alone. So the answer can be made from
the map and the list that the asker has, and to ask from a thousand spots tells no more than they do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, case, func, null, or_, select
from sqlalchemy.orm import Session

from safemap.analysis.similar import FIXED_WITHIN_DAYS, Reason, Reports, Similar, asset_key, likely_same
from safemap.analysis.walking import Walks
from safemap.basemap.rules import StreetClass
from safemap.basemap.service import streets_in
from safemap.communities import service as communities
from safemap.communities.rules import NowhereKnown
from safemap.db.reading import as_wkb, columns_of, geometries, literal, numbers, texts, widened
from safemap.geo.crs import WGS84, Lonlat, MetricPlane
from safemap.hazards import repository
from safemap.hazards.categories import CATEGORY_BY_CODE
from safemap.hazards.rules import HazardState, Position, TextState, Visibility
from safemap.hazards.schemas import HazardReport, HazardSeen
from safemap.hazards.service import seen_of, seen_on_street
from safemap.hazards.tables import Hazard
from safemap.i18n import mark
from safemap.identity.rules import Viewer

ABOUT_M = 300.0  # the largest radius twice, and what both positions may be unsure by
MOST_LOOKED_AT = 400
OFFERED = 5
STEP_M = 10  # a distance is told in tens of metres
REASON_NAMES = {
    Reason.ASSET: mark("the same number"),
    Reason.PLACE: mark("the same place"),
    Reason.OVERLAP: mark("the same stretch or area"),
    Reason.CATEGORY: mark("the same kind"),
    Reason.FAMILY: mark("a kind that is alike"),
    Reason.WORDS: mark("words that are alike"),
    Reason.FIXED: mark("fixed lately"),
}


@dataclass(frozen=True)
class SimilarReport:
    """A report that is likely the same.

    Parameters
    ----------
    about_m
        On foot, to ten metres; None where the asker sees it in the middle of its street, or where it is far off.
    reasons
        The strongest first.
    """

    seen: HazardSeen
    about_m: int | None
    reasons: tuple[Reason, ...]


def similar_reports(
    session: Session, viewer: Viewer, draft: HazardReport, village_ids: Sequence[int], now: datetime | None = None
) -> list[SimilarReport]:
    """Return at most five reports that are likely the same as a draft, the likeliest first.

    Open ones, and those fixed in the last 90 days, on the map, of some villages; measured as members see them, whoever
    asks: who may see exact places does not need them here.
    """
    sight = repository.by_street_alone(viewer)
    shape = _drawn(draft)
    new = _reports_of(
        [
            (
                draft.category,
                draft.description,
                draft.noticed_at.value,
                draft.accuracy_m,
                draft.asset_kind,
                draft.asset_number,
                None,
            )
        ],
        np.array([shape], dtype=object),
        now or datetime.now(UTC),
    )
    found = _like(session, sight, new, shape, village_ids, now or datetime.now(UTC), is_shown_only=True)
    seen = {one.public_id: one for one in seen_on_street(session, viewer, [public_id for public_id, _ in found])}
    return [_told(seen[public_id], one) for public_id, one in found if public_id in seen]


def similar_to(session: Session, viewer: Viewer, public_id: str, now: datetime | None = None) -> list[SimilarReport]:
    """Return at most five reports that are likely the same as one that is here, as far as a viewer sees them.

    For those who put reports together: held ones are among them, and places are measured as exactly as they see them.
    """
    sight = repository.sight_of(viewer)
    row = session.execute(
        select(*_columns(sight), Hazard.village_id).where(Hazard.public_id == public_id, sight.is_seen)
    )
    own = row.one_or_none()
    if own is None:
        return []
    *told, village_id = own
    _, *values, extent, place, _ = told
    shape = Lonlat(shapely.from_wkb(bytes(extent or place)))
    moment = now or datetime.now(UTC)
    new = _reports_of([tuple(values)], np.array([shape], dtype=object), moment)
    found = _like(session, sight, new, shape, [village_id], moment, is_shown_only=False, but=public_id)
    seen = {one.public_id: one for one in seen_of(session, viewer, [public_id for public_id, _ in found])}
    return [_told(seen[public_id], one) for public_id, one in found if public_id in seen]


def _told(seen: HazardSeen, one: Similar) -> SimilarReport:
    is_measured = seen.position is Position.EXACT and np.isfinite(one.distance_m)
    return SimilarReport(seen, STEP_M * round(one.distance_m / STEP_M) if is_measured else None, one.reasons)


def _like(
    session: Session,
    sight: repository.Sight,
    new: Reports,
    shape: Lonlat,
    village_ids: Sequence[int],
    now: datetime,
    *,
    is_shown_only: bool,
    but: str = "",
) -> list[tuple[str, Similar]]:
    """Compare with what is seen about a place, and with what is said of the same kind of asset in its villages."""
    about = widened(shape, ABOUT_M)
    box = literal(Lonlat(shapely.box(*about.bounds)))
    is_about: ColumnElement[bool] = sight.is_placed(lambda column: column.op("&&")(box))
    kind = str(new.assets[0]).partition(" ")[0]
    if kind:
        is_about = or_(is_about, and_(sight.is_exact, Hazard.asset_kind == kind))
    lately = now - timedelta(days=FIXED_WITHIN_DAYS)
    statement = select(*_columns(sight)).where(
        sight.is_seen,
        repository.IS_ITS_OWN,
        is_about,
        Hazard.village_id.in_(village_ids),
        or_(
            Hazard.state == HazardState.OPEN.value,
            and_(Hazard.state == HazardState.FIXED.value, func.coalesce(Hazard.fixed_at, Hazard.state_since) >= lately),
        ),
        Hazard.public_id != but,
    )
    if is_shown_only:
        statement = statement.where(Hazard.visibility == Visibility.SHOWN.value)
    ids, *values, extents, places, are_exact = columns_of(
        session, statement.order_by(Hazard.reported_at.desc(), Hazard.id).limit(MOST_LOOKED_AT)
    )
    if not ids:
        return []
    plane, walks_of = MetricPlane.around(shape), _walks(session, about, MetricPlane.around(shape))
    shapes = geometries([extent or place for extent, place in zip(extents, places, strict=True)])
    others = _reports_of(list(zip(*values, strict=True)), plane.to_metric_all(shapes), now)
    is_exact = np.array(are_exact, dtype=np.bool_)
    found: list[tuple[str, Similar]] = []
    # Like is compared with like: what is told by its street, with the street that the new one is on.
    for at, place in ((is_exact, new.shapes[0]), (~is_exact, _on_its_street(session, shape, village_ids))):
        some = np.flatnonzero(at)
        here = replace(
            new,
            shapes=plane.to_metric_all(np.array([place], dtype=object)),
            accuracy_m=new.accuracy_m if at is is_exact else np.zeros(1),
        )
        found += [(ids[some[one.place]], one) for one in likely_same(here, others.taken(some), walks_of, most=OFFERED)]
    return sorted(found, key=lambda one: (Reason.ASSET not in one[1].reasons, -one[1].chance))[:OFFERED]


def _on_its_street(session: Session, shape: Lonlat, village_ids: Sequence[int]) -> Lonlat:
    """Return where members would see a report: in the middle of its street; the spot itself, outside the villages."""
    spot = shapely.Point(shapely.get_coordinates(shapely.point_on_surface(shape))[0])
    try:
        village_id = communities.village_at(session, spot.x, spot.y)
    except NowhereKnown:
        return Lonlat(spot)
    if village_id not in village_ids:
        return Lonlat(spot)
    place = func.ST_SetSRID(func.ST_MakePoint(spot.x, spot.y), WGS84)
    wkb = session.execute(select(as_wkb(func.place_on_street(place, village_id)))).scalar_one()
    return Lonlat(shapely.from_wkb(bytes(wkb)))


def _columns(sight: repository.Sight) -> list[ColumnElement[Any]]:
    """What is compared, as it is told to a viewer: asset and extent tell a place, so only where it is told exactly."""
    reads = or_(Hazard.text_state == TextState.SHOWN.value, sight.reads_all_words)
    return [
        Hazard.public_id.expression,
        Hazard.category.expression,
        case((reads, Hazard.description), else_=""),
        Hazard.noticed_at.expression,
        case((sight.is_exact, Hazard.accuracy_m), else_=0.0),
        case((sight.is_exact, Hazard.asset_kind), else_=null()),
        case((sight.is_exact, Hazard.asset_number), else_=null()),
        case((Hazard.state == HazardState.FIXED.value, func.coalesce(Hazard.fixed_at, Hazard.state_since))),
        case((sight.is_exact, as_wkb(Hazard.extent)), else_=null()),
        as_wkb(sight.place),
        sight.is_exact,
    ]


def _reports_of(rows: Sequence[Sequence[Any]], shapes: NDArray[np.object_], now: datetime) -> Reports:
    """Make columns of category, words, hours, accuracy, asset's kind and number, and the moment it was fixed."""
    categories, words, hours, accuracy_m, kinds, asset_numbers, fixed = zip(*rows, strict=True)
    known = [CATEGORY_BY_CODE[code] for code in categories]
    return Reports(
        shapes=shapes,
        accuracy_m=numbers(accuracy_m),
        categories=texts(categories),
        families=texts([category.family.value for category in known]),
        radius_m=numbers([category.duplicate_radius_m for category in known]),
        assets=texts([asset_key(kind or "", number or "") for kind, number in zip(kinds, asset_numbers, strict=True)]),
        words=texts(words),
        hours=texts(hours),
        fixed_days_ago=numbers([None if moment is None else (now - moment) / timedelta(days=1) for moment in fixed]),
    )


def _drawn(draft: HazardReport) -> Lonlat:
    if draft.line:
        return Lonlat(shapely.LineString(draft.line))
    if draft.area:
        return Lonlat(shapely.make_valid(shapely.Polygon(draft.area)))  # corners in a wrong order cross themselves
    return Lonlat(shapely.Point(draft.lon, draft.lat))


def _walks(session: Session, about: Lonlat, plane: MetricPlane) -> Walks:
    streets = streets_in(session, about)
    is_walked = streets.classes != StreetClass.RAIL.value
    return Walks.over(
        plane.to_metric_all(streets.geometries[is_walked]),
        streets.from_node_ids[is_walked],
        streets.to_node_ids[is_walked],
    )
