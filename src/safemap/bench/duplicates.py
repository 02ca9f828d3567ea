"""Duplicates: how many of those offered are the same problem and how many are missed, beside two peers' rules.

Each labelled report of the testing half is the new one once; all others are there to be offered, at most five.
"""

import numpy as np
from numpy.typing import NDArray

from safemap.bench._labelled import Labelled, Offered, Part, Rule, demo_walks, labelled, offered_by, ours, straight_line
from safemap.bench.measure import Measure
from safemap.hazards.categories import FAMILY_NAMES
from safemap.settings import Settings

PEERS = {250.0: "same category, 250 m straight", 50.0: "same category, 50 m straight"}
LEAST_PRECISION, LEAST_RECALL = 0.65, 0.8
RADII_M = {"at most 30 m": (0.0, 30.0), "31 to 50 m": (30.0, 50.0), "more than 50 m": (50.0, np.inf)}


def run(_settings: Settings) -> list[Measure]:
    """Tell precision and recall of all, then by family and by radius."""
    test, rule = labelled(Part.TEST), ours(demo_walks())
    mine = offered_by(rule, test)
    measures = []
    for limit_m, name in PEERS.items():
        peer = offered_by(straight_line(limit_m), test)
        measures += [
            _measure("precision", mine.precision, peer.precision, name, LEAST_PRECISION),
            _measure("recall", mine.recall, peer.recall, name, LEAST_RECALL),
            _measure("F1", mine.f1, peer.f1, name, 0.0),
        ]
    for family in FAMILY_NAMES:
        measures += _of_some(f"family {family.value}", rule, test, test.reports.families == family.value)
    for name, (above_m, most_m) in RADII_M.items():
        is_asked = (test.reports.radius_m > above_m) & (test.reports.radius_m <= most_m)
        measures += _of_some(f"radius {name}", rule, test, is_asked)
    return measures


def _measure(what: str, value: float, peer: float, peer_name: str, least: float) -> Measure:
    wanted = f"at least {least:.2f}, and more than the peer" if least else "more than the peer"
    return Measure(what, value, "", wanted, value >= least and value > peer, peer, peer_name)


def _of_some(name: str, rule: Rule, test: Labelled, is_asked: NDArray[np.bool_]) -> list[Measure]:
    """Tell those of a part beside the nearer peer; no rule, the numbers are small."""
    mine: Offered = offered_by(rule, test, is_asked)
    peer = offered_by(straight_line(50.0), test, is_asked)
    n = int(is_asked.sum())
    return [
        Measure(
            f"precision, {name} ({n} reports)",
            mine.precision,
            "",
            "no rule: few reports",
            None,
            peer.precision,
            PEERS[50.0],
        ),
        Measure(
            f"recall, {name} ({n} reports)", mine.recall, "", "no rule: few reports", None, peer.recall, PEERS[50.0]
        ),
    ]
