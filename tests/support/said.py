"""What people type when they are asked where something is, in the demo village, and what they mean by it.

The rules in Python and the page's script are held against the same table.
"""

# What is said; the kind and name of the likeliest place; whether it is meant and nothing else.
SAID: tuple[tuple[str, str, str, bool], ...] = (
    # One lane in many spellings.
    ("榕樹街11巷", "street", "榕樹街11巷", True),
    ("榕樹街 11 巷", "street", "榕樹街11巷", True),
    ("榕樹街十一巷", "street", "榕樹街11巷", True),
    ("榕樹街１１巷", "street", "榕樹街11巷", True),
    ("我在榕樹街11巷這裡", "street", "榕樹街11巷", True),
    ("示範市示範區榕樹里榕樹街11巷", "street", "榕樹街11巷", True),
    ("學府街一百三十三巷", "street", "學府街133巷", True),
    ("11巷", "street", "榕樹街11巷", False),
    ("老廟巷17弄", "street", "老廟巷17弄", True),
    ("33巷14弄", "street", "榕樹街33巷14弄", False),
    ("公園東巷", "street", "公園東巷", True),
    ("溪畔步道", "street", "溪畔步道", True),
    ("示範路", "street", "示範路二段", True),
    ("示範路2段", "street", "示範路二段", True),
    # House numbers.
    ("榕樹街40號", "house", "榕樹街40號", True),
    ("榕樹街４０號", "house", "榕樹街40號", True),
    ("榕樹街四十號", "house", "榕樹街40號", True),
    ("榕樹街40號之2", "house", "榕樹街40號", True),
    ("榕樹街40-2號", "house", "榕樹街40號", True),
    ("榕樹街33巷14弄5號", "house", "榕樹街33巷14弄5號", True),
    ("榕樹街200巷5號", "house", "榕樹街200號", False),  # a lane that no map has leaves its street at number 200
    # Corners.
    ("榕樹街與安樂街交叉口", "corner", "榕樹街 / 安樂街", True),
    ("榕樹街和安樂街口", "corner", "榕樹街 / 安樂街", True),
    ("榕樹街跟安樂街路口", "corner", "榕樹街 / 安樂街", True),
    ("榕樹街/安樂街", "corner", "榕樹街 / 安樂街", True),
    ("榕樹街安樂街口", "corner", "榕樹街 / 安樂街", True),
    ("榕樹街34巷口", "corner", "榕樹街34巷 / 榕樹街", True),
    ("榕樹街11巷30弄口", "corner", "榕樹街11巷30弄 / 榕樹街11巷", True),
    # Landmarks.
    ("福安宮", "place", "福安宮", True),
    ("福安宮旁邊", "place", "福安宮", True),
    ("我在榕樹公園附近", "place", "榕樹公園", True),
    ("榕樹里活動中心", "place", "榕樹里活動中心", True),
    ("活動中心", "place", "榕樹里活動中心", False),
    ("temple", "place", "福安宮", False),
    ("Banyan Park", "place", "榕樹公園", False),
    ("lane 11 rongshu", "street", "榕樹街11巷", False),
    # Lamps.
    ("示0101", "lamp", "示0101", True),
    ("示101", "lamp", "示0101", True),
    ("示-0101", "lamp", "示0101", True),
    ("路燈示 ０１０１ 號", "lamp", "示0101", True),
    ("0101", "lamp", "示0101", False),
    ("示9191", "lamp", "示0191", False),  # one sign misread
)
NOWHERE = ("", "  ", "號", "台", "xyz", "不知道")
