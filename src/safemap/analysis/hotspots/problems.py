"""Reports that are one problem: dense groups, named by their street."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from safemap.analysis.hotspots.checks import NotUsable, points_checked, positive, refuse_degrees
from safemap.geo.crs import Metric

WITHIN_M = 60.0  # two reports this near are about the same corner
FEWEST = 3
MOST_FOR_MEDOID = 1000


class Grouping(StrEnum):
    """How dense groups are found."""

    DBSCAN = "dbscan"  # chains of reports within a distance that can be named on the page
    HDBSCAN = "hdbscan"  # groups of any density, for areas where lanes and highways are reported alike


@dataclass(frozen=True, eq=False)
class Problem:
    """A group of reports that lie densely together.

    Attributes
    ----------
    members
        Places of its reports, rising.
    kind
        What all of them are about; empty when kinds were not given.
    centre_xy
        The middle: the member with the smallest sum of distances to the others (of more than a thousand: the one
        nearest to their mean), so that it lies on the ground.
    radius_m
        Distance from it to the farthest member.
    street, street_share
        The street named by most members, and their share; empty when none has a name.
    outline
        Convex hull of the members; a point or a line when they are few.
    """

    members: NDArray[np.int64]
    kind: str
    centre_xy: tuple[float, float]
    radius_m: float
    street: str
    street_share: float
    outline: Metric


@dataclass(frozen=True, eq=False)
class Problems:
    """Groups, the largest first, and what is in none.

    Attributes
    ----------
    group
        ``(n,)`` place of each report's group; -1 for none.
    alone
        How many reports are in none.
    """

    groups: tuple[Problem, ...]
    group: NDArray[np.int64]
    alone: int


def group_reports(
    xy: ArrayLike,
    *,
    within_m: float = WITHIN_M,
    fewest: int = FEWEST,
    grouping: Grouping = Grouping.DBSCAN,
    kinds: ArrayLike | None = None,
    streets: ArrayLike | None = None,
    name_of: Callable[[NDArray[np.float64]], NDArray[np.object_]] | None = None,
) -> Problems:
    """Group reports that are one problem, by density, through scikit-learn.

    Parameters
    ----------
    xy
        ``(n, 2)`` in metres; none gives no group.
    within_m
        DBSCAN: reports at most that far apart (``<=``) are neighbours; one with `fewest` neighbours, itself among them,
        makes a group and reaches all of them. HDBSCAN: groups that near are not split.
    fewest
        A group has at least so many members, at least 2.
    kinds
        ``(n,)`` what each is about: kinds are not mixed.
    streets
        ``(n,)`` the name of each report's street, empty for none.
    name_of
        Instead of `streets`: gives the names of streets at ``(k, 2)`` places.

    Raises
    ------
    NotUsable
        A number makes no sense, arrays differ in length, or both `streets` and `name_of` are given.
    LooksLikeDegrees
        All coordinates lie within ±180 and ±90 and closer than `within_m`.

    References
    ----------
    Ester, Kriegel, Sander and Xu (1996), A density-based algorithm for discovering clusters, KDD-96; Campello, Moulavi
    and Sander (2013), Density-based clustering based on hierarchical density estimates, PAKDD.

    Examples
    --------
    >>> xy = [[500, 10], [530, 12], [560, 8], [900, 300], [2000, 0]]
    >>> found = group_reports(xy, streets=["Well Lane", "Well Lane", "Mill Lane", "", ""])
    >>> found.groups[0].members.tolist(), found.groups[0].street, found.alone
    ([0, 1, 2], 'Well Lane', 2)
    """
    points = points_checked(xy)
    refuse_degrees(points, positive(within_m, "within_m", "m"))
    if fewest < 2:
        raise NotUsable("fewest", f"it is {fewest}", "at least 2 reports")
    if streets is not None and name_of is not None:
        raise NotUsable("streets", "a function that names them is given too", "one of the two")
    kind = _words(kinds, len(points), "kinds")
    group = np.full(len(points), -1, dtype=np.int64)
    for value in sorted(set(kind.tolist())):
        mine = np.flatnonzero(kind == value)
        found = _dense(points[mine], within_m, fewest, grouping)
        group[mine] = np.where(found >= 0, found + group.max(initial=-1) + 1, -1)
    names = _words(streets if name_of is None else name_of(points), len(points), "streets")
    number = int(group.max(initial=-1)) + 1
    groups = [_problem(np.flatnonzero(group == which), points, kind, names) for which in range(number)]
    order = sorted(range(len(groups)), key=lambda which: (-len(groups[which].members), int(groups[which].members[0])))
    place = np.full(len(groups) + 1, -1, dtype=np.int64)  # -1, the last, stays in no group
    place[order] = np.arange(len(groups))
    return Problems(tuple(groups[which] for which in order), place[group], int((group < 0).sum()))


def _dense(xy: NDArray[np.float64], within_m: float, fewest: int, grouping: Grouping) -> NDArray[np.int64]:
    """Label dense groups; -1 for none. In the order of places, so that the order of reports does not matter."""
    if len(xy) < fewest:
        return np.full(len(xy), -1, dtype=np.int64)
    from sklearn.cluster import DBSCAN, HDBSCAN  # noqa: PLC0415 - a second to load, and few pages need it

    order = np.lexsort((xy[:, 1], xy[:, 0]))
    near = xy[order] - xy.min(axis=0)
    if grouping is Grouping.DBSCAN:
        labels = DBSCAN(eps=within_m, min_samples=fewest).fit_predict(near)
    else:
        labels = HDBSCAN(
            min_cluster_size=fewest, cluster_selection_epsilon=within_m, allow_single_cluster=True, copy=True
        ).fit_predict(near)
    found = np.empty(len(xy), dtype=np.int64)
    found[order] = labels
    return found


def _problem(
    members: NDArray[np.int64], xy: NDArray[np.float64], kind: NDArray[np.str_], names: NDArray[np.str_]
) -> Problem:
    mine = xy[members]
    to_all = np.hypot(*(mine - mine.mean(axis=0)).T)
    if len(mine) <= MOST_FOR_MEDOID:
        to_all = np.hypot(*(mine[:, None, :] - mine[None, :, :]).transpose(2, 0, 1)).sum(axis=1)
    middle = mine[np.lexsort((mine[:, 1], mine[:, 0], np.round(to_all, 6)))[0]]
    named = names[members][names[members] != ""]
    street, share = "", 0.0
    if len(named):
        found, count = np.unique(named, return_counts=True)
        street, share = str(found[np.argmax(count)]), float(count.max() / len(members))
    return Problem(
        members=members,
        kind=str(kind[members[0]]),
        centre_xy=(float(middle[0]), float(middle[1])),
        radius_m=float(np.hypot(*(mine - middle).T).max()),
        street=street,
        street_share=share,
        outline=Metric(shapely.MultiPoint(mine).convex_hull),
    )


def _words(given: ArrayLike | None, count: int, field: str) -> NDArray[np.str_]:
    if given is None:
        return np.full(count, "", dtype=np.str_)
    every = np.asarray(given, dtype=object).ravel()
    words = np.array(["" if word is None else str(word) for word in every], dtype=np.str_)
    if len(words) != count:
        raise NotUsable(field, f"there are {len(words)}", f"{count}, one for each report")
    return words
