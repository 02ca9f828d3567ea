"""A small OpenStreetMap extract with one of everything, awkward ones included."""

from pathlib import Path

import osmium
from osmium.osm.mutable import Node, Relation, Way

WEST, SOUTH, STEP = 121.53, 25.02, 0.001


def write_extract(path: Path) -> Path:
    """Two streets that cross, one clipped; a house, one with a courtyard, one clipped; lamps, cameras, places."""
    header = osmium.io.Header()
    header.add_box(osmium.osm.Box(osmium.osm.Location(WEST, SOUTH), osmium.osm.Location(WEST + 0.01, SOUTH + 0.01)))
    writer = osmium.SimpleWriter(str(path), header=header, overwrite=True)

    def node(number: int, x: float, y: float, **tags: str) -> None:
        writer.add_node(Node(id=number, location=(WEST + x * STEP, SOUTH + y * STEP), tags=tags))

    node(1, 0, 1)
    node(2, 1, 1)
    node(3, 2, 1)
    node(4, 1, 0)
    node(5, 1, 2)
    for number, (x, y) in enumerate([(3, 3), (4, 3), (4, 4), (3, 4)], 11):
        node(number, x, y)
    for number, (x, y) in enumerate([(5, 5), (8, 5), (8, 8), (5, 8), (6, 6), (7, 6), (7, 7), (6, 7)], 21):
        node(number, x, y)
    node(31, 1, 1.2, highway="street_lamp", ref="L-1")
    node(32, 1, 1.6, highway="street_lamp", operational_status="broken")
    node(41, 2, 2, **surveillance("239-284", "camera:type=dome", "surveillance=public", "height=4.5 m"))
    node(42, 2, 3, **surveillance("45;225"))
    node(43, 2, 4, **surveillance("that way", "surveillance=indoor"))
    node(44, 2, 5, **surveillance("", "revolving=yes"))
    node(45, 2, 6, **surveillance("", "surveillance:type=guard"))
    node(46, 3, 5)  # seen by 44: due east of it
    node(51, 4, 1, amenity="place_of_worship", name="福德宮")
    node(52, 5, 1, emergency="defibrillator")

    def way(number: int, nodes: list[int], **tags: str) -> None:
        writer.add_way(Way(id=number, nodes=nodes, tags=tags))

    way(101, [1, 2, 3], highway="secondary", name="師大路", lit="yes", oneway="yes", **{"name:en": "Shida Rd."})
    way(102, [4, 2, 5, 999], highway="residential", name="龍泉街")
    way(103, [4, 998], highway="residential")
    way(104, [3, 5], highway="proposed")
    way(105, [1, 4], highway="motorway_link")
    way(106, [11, 12, 13, 14, 11], building="yes", height="12 m", **{"building:levels": "3;4"})
    way(107, [21, 22, 23, 24, 21])
    way(108, [25, 26, 27, 28, 25])
    way(109, [11, 12, 997, 11], building="yes")
    way(110, [25, 26, 27, 28, 25], leisure="park", name="中庭公園")
    courtyard = [("w", 107, "outer"), ("w", 108, "inner")]
    writer.add_relation(Relation(id=201, members=courtyard, tags={"type": "multipolygon", "building": "school"}))
    sight = [("n", 44, "camera"), ("n", 46, "visible")]
    writer.add_relation(Relation(id=202, members=sight, tags={"type": "surveillance"}))
    writer.close()
    return path


def surveillance(direction: str, *tags: str) -> dict[str, str]:
    """Tags of a camera."""
    aimed = {"camera:direction": direction} if direction else {}
    return {"man_made": "surveillance", **aimed, **dict(tag.split("=", 1) for tag in tags)}
