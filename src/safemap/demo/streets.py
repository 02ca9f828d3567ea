"""The streets of the plan, as a surveyor would list them: lanes bear the house number at which they leave a street.

House numbers rise northwards and eastwards from a street's beginning, odd ones on the left, two for every 5 m or so.
An end that stops within 2.5 m of another street meets it there.
"""

from shapely import LineString

from safemap.basemap.rules import StreetClass
from safemap.demo.layout import PATH, RIVER_ROAD, Street

MAIN, COLLECTOR, LANE, ALLEY, FOOTWAY = (
    StreetClass.MAIN,
    StreetClass.COLLECTOR,
    StreetClass.LANE,
    StreetClass.ALLEY,
    StreetClass.FOOTWAY,
)


def _street(
    code: str,
    name: str,
    name_en: str,
    kind: StreetClass,
    width_m: float,
    *places: tuple[float, float],
    is_lit: bool = True,
    is_oneway: bool = False,
    passes_under: str = "",
) -> Street:
    return Street(code, name, name_en, kind, LineString(places), width_m, is_lit, is_oneway, passes_under)


# fmt: off
FRAME = (
    _street("s01", "示範路二段", "Sec. 2, Shifan Rd.", MAIN, 20,
            (-14, 9), (40, 14), (180, 16), (332, 24), (470, 33), (562, 38), (664, 49), (714, 57)),
    _street("s02", "榕樹街", "Rongshu St.", COLLECTOR, 10,
            (332, 24), (333, 100), (337, 210), (336, 300), (341, 360), (349, 450), (359, 547)),
    _street("s03", "安樂街", "Anle St.", COLLECTOR, 10,
            (-13, 285.5), (40, 290), (165, 297), (336, 300), (452, 309), (561, 318), (667, 330), (720, 333)),
    _street("s04", "永和街", "Yonghe St.", COLLECTOR, 9,
            (43, -38), (40, 14), (38, 60), (37, 160), (40, 290), (48, 400), (66, 503)),
    _street("s05", "學府街", "Xuefu St.", COLLECTOR, 11,
            (565, -15), (562, 38), (566, 180), (561, 318), (553, 440), (549, 548), (549, 600), (552, 648)),
    _street("s06", "文昌街", "Wenchang St.", COLLECTOR, 9,
            (663, -4), (664, 49), (670, 150), (672, 240), (667, 330), (650, 440), (628, 536)),
)
SOUTH_WEST = (
    _street("s11", "榕樹街11巷", "Ln. 11, Rongshu St.", LANE, 6, (332.5, 68), (190, 63), (39, 61)),
    _street("s12", "榕樹街33巷", "Ln. 33, Rongshu St.", LANE, 6, (333.4, 112), (224, 108), (122, 106)),
    _street("s13", "榕樹街51巷", "Ln. 51, Rongshu St.", LANE, 6, (335, 156), (258, 154), (186, 153), (38, 148)),
    _street("s14", "榕樹街69巷", "Ln. 69, Rongshu St.", LANE, 5, (336.6, 202), (300, 202), (258, 198)),
    _street("s15", "榕樹街87巷", "Ln. 87, Rongshu St.", LANE, 6, (337, 248), (258, 247), (182, 244), (39, 240)),
    _street("s16", "榕樹街33巷14弄", "Aly. 14, Ln. 33, Rongshu St.", ALLEY, 4, (263, 109), (262, 154)),
    _street("s17", "榕樹街33巷48弄", "Aly. 48, Ln. 33, Rongshu St.", ALLEY, 4, (122, 106), (124, 151)),
    _street("s18", "榕樹街11巷30弄", "Aly. 30, Ln. 11, Rongshu St.", ALLEY, 3.5, (196, 63), (195, 107)),
    _street("s19", "永和街38巷", "Ln. 38, Yonghe St.", LANE, 5, (38, 104), (92, 105)),
    _street("s20", "永和街72巷", "Ln. 72, Yonghe St.", LANE, 5, (38, 194), (120, 196), (182, 198)),
    _street("s21", "榕樹街51巷56弄", "Aly. 56, Ln. 51, Rongshu St.", ALLEY, 3.5, (112, 150.5), (110, 242)),
    _street("s22", "公園東巷", "Park East Ln.", ALLEY, 5, (258, 154), (258, 198), (258, 247)),
    _street("s23", "公園西巷", "Park West Ln.", ALLEY, 5, (186, 153), (182, 198), (182, 244)),
    _street("s24", "公園步道", "Park Walk", FOOTWAY, 2.5, (182, 198), (206, 206), (222, 198), (258, 198)),
    _street("s25", "榕樹街87巷12弄", "Aly. 12, Ln. 87, Rongshu St.", ALLEY, 3.5, (296, 248), (297, 282)),
)
SOUTH_EAST = (
    _street("s31", "榕樹街12巷", "Ln. 12, Rongshu St.", LANE, 6, (332.6, 74), (450, 80), (563.2, 87)),
    _street("s32", "榕樹街34巷", "Ln. 34, Rongshu St.", LANE, 7, (333.7, 119), (366, 120), (446, 124), (564.5, 132)),
    _street("s33", "榕樹街72巷", "Ln. 72, Rongshu St.", LANE, 6, (337, 206), (446, 209), (565.2, 215)),
    _street("s34", "市場後巷", "Market Back Ln.", ALLEY, 3.5,
            (446, 124), (444, 166), (446, 209), (450, 262), (452, 309)),
    _street("s35", "學府街47巷", "Ln. 47, Xuefu St.", LANE, 5, (565.8, 172), (476, 168)),
    _street("s36", "學府街87巷", "Ln. 87, Xuefu St.", LANE, 5, (563, 266), (450, 262), (386, 258)),
    _street("s37", "榕樹街34巷7弄", "Aly. 7, Ln. 34, Rongshu St.", ALLEY, 3.5, (366, 120), (363, 207)),
    _street("s38", "榕樹街12巷25弄", "Aly. 25, Ln. 12, Rongshu St.", ALLEY, 3.5, (500, 83.1), (499, 127.6)),
    _street("s39", "榕樹街72巷11弄", "Aly. 11, Ln. 72, Rongshu St.", ALLEY, 3.5, (386, 207.4), (386, 258)),
)
NORTH_WEST = (
    _street("s41", "老廟巷", "Laomiao Ln.", LANE, 4,
            (43, 330), (88, 346), (112, 352), (150, 367), (178, 370), (206, 386), (238, 392), (268, 411), (294, 419),
            (346, 423)),
    _street("s42", "老廟巷17弄", "Aly. 17, Laomiao Ln.", ALLEY, 3, (112, 352), (106, 378), (108, 404), (118, 436)),
    _street("s43", "安樂街47巷", "Ln. 47, Anle St.", LANE, 5, (165, 297), (166, 328), (178, 370)),
    _street("s44", "安樂街89巷", "Ln. 89, Anle St.", LANE, 5, (262, 299), (264, 348), (268, 411)),
    _street("s45", "安樂街89巷6弄", "Aly. 6, Ln. 89, Anle St.", ALLEY, 3.5, (264, 348), (318, 350)),
    _street("s46", "老廟巷33弄", "Aly. 33, Laomiao Ln.", ALLEY, 3, (238, 392), (241, 428), (234, 472)),
    _street("s47", "永和街176巷", "Ln. 176, Yonghe St.", LANE, 5, (61, 474), (130, 476), (180, 472), (234, 472)),
    _street("s48", "榕樹街179巷", "Ln. 179, Rongshu St.", LANE, 5, (352, 482), (290, 477), (234, 472)),
    _street("s49", "永和街176巷16弄", "Aly. 16, Ln. 176, Yonghe St.", ALLEY, 3.5, (158, 473.8), (152, 430)),
    _street("s50", "榕樹街163巷", "Ln. 163, Rongshu St.", ALLEY, 4, (348.5, 447), (284, 444)),
    _street("s51", "溪畔路24巷", "Ln. 24, Xipan Rd.", ALLEY, 4, (184, 524), (180, 472)),
    _street("s52", "溪畔路58巷", "Ln. 58, Xipan Rd.", ALLEY, 4, (292, 537), (290, 477)),
    _street("s53", "安樂街21巷", "Ln. 21, Anle St.", ALLEY, 3.5, (104, 293.6), (103, 326)),
)
NORTH_EAST = (
    _street("s61", "安樂街163巷", "Ln. 163, Anle St.", LANE, 6,
            (452, 309), (455, 400), (450, 484), (446, 549)),
    _street("s62", "榕樹街130巷", "Ln. 130, Rongshu St.", LANE, 5, (343, 374), (400, 374), (454, 377)),
    _street("s63", "學府街133巷", "Ln. 133, Xuefu St.", LANE, 5, (558, 362), (506, 359), (454, 358)),
    _street("s64", "學府街151巷", "Ln. 151, Xuefu St.", LANE, 5, (555, 406), (506, 404), (455, 403)),
    _street("s65", "學府街169巷", "Ln. 169, Xuefu St.", LANE, 5, (552.5, 452), (500, 450), (452, 449)),
    _street("s66", "學府街187巷", "Ln. 187, Xuefu St.", LANE, 5, (551, 500), (498, 498), (449, 497)),
    _street("s67", "榕樹街162巷", "Ln. 162, Rongshu St.", LANE, 5, (349, 452), (400, 453), (452, 456)),
    _street("s68", "榕樹街182巷", "Ln. 182, Rongshu St.", LANE, 5, (353.6, 496), (412, 499)),
    _street("s69", "榕樹街146巷", "Ln. 146, Rongshu St.", ALLEY, 4, (345, 413), (412, 415)),
    _street("s70", "學府街169巷10弄", "Aly. 10, Ln. 169, Xuefu St.", ALLEY, 3.5, (500, 450), (499, 484)),
)
EAST = (
    _street("s71", "學府街44巷", "Ln. 44, Xuefu St.", LANE, 5, (564, 96), (612, 98), (666.7, 100)),
    _street("s72", "學府街88巷", "Ln. 88, Xuefu St.", LANE, 5, (563, 276), (616, 280), (669.8, 284)),
    _street("s73", "學府街134巷", "Ln. 134, Xuefu St.", LANE, 5, (558, 370), (612, 373), (660, 376)),
    _street("s74", "學府街152巷", "Ln. 152, Xuefu St.", LANE, 5, (554.5, 416), (604, 418), (653, 421)),
    _street("s75", "學府街170巷", "Ln. 170, Xuefu St.", LANE, 5, (552, 462), (600, 463), (645, 464)),
    _street("s76", "學府街188巷", "Ln. 188, Xuefu St.", ALLEY, 4, (550.5, 506), (606, 507)),
)
CREEKSIDE = (
    Street("s81", "溪畔路", "Xipan Rd.", LANE, RIVER_ROAD, 6),
    Street("s82", "溪畔步道", "Xipan Path", FOOTWAY, PATH, 3, is_lit=False, passes_under="s05"),
    _street("s83", "", "", FOOTWAY, 2, (359, 547), (360, 563.5), is_lit=False),
    _street("s84", "", "", FOOTWAY, 2, (184, 524.5), (182, 540), is_lit=False),
)
# The neighbours' streets, as far as an extract of a real map would reach.
AROUND = (
    _street("s91", "示範路二段138巷", "Ln. 138, Sec. 2, Shifan Rd.", LANE, 6, (184, 16.2), (187, -36)),
    _street("s92", "示範路二段212巷", "Ln. 212, Sec. 2, Shifan Rd.", LANE, 6, (410, 29), (412, -23)),
    _street("s93", "永和街71巷", "Ln. 71, Yonghe St.", LANE, 6, (37, 172), (-15, 169)),
    _street("s94", "永和街151巷", "Ln. 151, Yonghe St.", LANE, 6, (48.3, 402), (-5, 399)),
    _street("s95", "文昌街36巷", "Ln. 36, Wenchang St.", LANE, 6, (670.5, 172), (724, 175)),
    _street("s96", "文昌街118巷", "Ln. 118, Wenchang St.", LANE, 6, (650, 440), (702, 444)),
    _street("s97", "溪北路", "Xibei Rd.", LANE, 7,
            (10, 568), (60, 584), (150, 604), (260, 613), (360, 622), (470, 633), (550, 630), (640, 612), (690, 606)),
)
# fmt: on

STREETS: tuple[Street, ...] = (
    *FRAME, *SOUTH_WEST, *SOUTH_EAST, *NORTH_WEST, *NORTH_EAST, *EAST, *CREEKSIDE, *AROUND,
)  # fmt: skip
