"""What no map may hold is routed out, kindly and at once: violence at home, children, illness, named suspects, fraud.

Words are looked for, not understood: a sentence that merely sounds alike is asked to be written differently, which
costs its writer half a minute; one that slips through is held back until somebody has looked.
"""

import re
import unicodedata
from dataclasses import dataclass

from safemap.hazards.rules import BelongsElsewhere
from safemap.i18n import mark

CALL_113 = mark(
    "Is somebody in danger now? Call 110. For violence at home, sexual violence, or a child or elder who is harmed: "
    "call 113, day and night, or write at ecare.mohw.gov.tw. Who calls stays secret. Nothing of your text was kept."
)
CALL_110 = mark(
    "A map holds places, never people. Call 110 if you saw a crime or fear one, or tell it at the police station. "
    "Describe here only what could be changed at the place. Nothing of your text was kept."
)
CALL_165 = mark("For fraud call 165, day and night. Nothing of your text was kept.")
CALL_1925 = mark(
    "Is somebody about to hurt themselves? Call 110 or 119. To talk, call 1925 (it is free, day and night). "
    "Nothing of your text was kept."
)
NO_HEALTH = mark(
    "A map holds nobody's illness. For help with care call 1966, in an emergency 119. Describe here only what could "
    "be changed at the place. Nothing of your text was kept."
)


@dataclass(frozen=True)
class Way:
    """What words speak of, and who helps."""

    help_line: str
    words: re.Pattern[str]


OF_A_FAMILY = "(wife|husband|partner|girlfriend|kids?|child|children|son|daughter|mother|father)"
AN_ANIMAL = "動物|狗|犬|貓|鳥"


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


# The gravest first: a text that speaks of two is routed by the first. Names of places pass: 失智據點, 反詐騙看板.
WAYS = (
    Way(
        CALL_113,
        _any_of(
            "家暴(?!防治|及性侵)|(家庭|家內|親密)暴力(?!防治|及性侵)|[打揍](老婆|太太|老公|先生|小孩|孩子|兒子|女兒|爸|媽|阿嬤|阿公)",
            f"毆打(妻|太太|子女|幼|孩|配偶|父|母)|虐(童|嬰|老)|虐待(?!{AN_ANIMAL})|(?<![狗犬貓鳥])受虐(?!{AN_ANIMAL})",
            "性侵(?!害?防治)|性騷|強暴|強姦|猥褻|亂倫|童妓|性剝削|雛妓|裙底|未成年.{0,4}(性交|性行為|懷孕)",
            "domestic (violence|abuse)|child (abuse|neglect|molest)|abusive (husband|father|partner|relationship)",
            rf"\b(abus(es?|ed|ing)|beat(s|ing|en)?|hit(s|ting)?) (up )?(his|her|their|the|my) (own )?{OF_A_FAMILY}\b",
            r"\brap(e|ed|es|ist)\b|\bsexual(ly)? (assault|abus|harass|violen)|\bmolest|\bincest\b|\bgroped\b",
        ),
    ),
    Way(
        CALL_1925,
        _any_of(
            "自殺(?!防治)|自殘|自傷|輕生|想不開|割腕|燒炭自|尋短|跳樓身亡",
            r"\bsuicid(e|al)\b(?! (prevention|barrier|hotline))|\bself-harm",
            r"\bkill(ed|ing|s)? (him|her|my|them)sel(f|ves)\b",
        ),
    ),
    Way(
        CALL_165,
        _any_of(
            "(?<![防反])(?<!防制)(?<!打擊)詐(騙|欺)|(?<![單機汽賽騎行跑推])車手(?!把|套|煞|握)|騙錢|被騙|騙(走|了).{0,4}(錢|存款|積蓄|匯款)",
            r"(?<!anti-)(?<!against )\b(scam(s|med|mer|mers)?|fraud(s|ster|sters)?)\b",
        ),
    ),
    Way(
        CALL_110,
        _any_of(
            "通緝|前科|嫌犯|嫌疑(人|犯)|犯罪紀錄|更生人|假釋|毒(蟲|販|窟)|(吸|販|賣)毒|藥頭|跟騷|跟蹤(我|她|他|女|騷擾)",
            "小偷(叫|住|就是)|住在?.{0,8}的(小偷|壞人|混混|流氓)",
            r"(?<![A-Z0-9])[A-Z][1289]\d{8}(?!\d)|車(牌|號)[^,。,;;]{0,5}[A-Z0-9]{2,4}-[A-Z0-9]{2,4}",
            r"criminal record|\bex-con(vict)?s?\b|\bparolees?\b|on parole|wanted by (the )?police",
            r"\bstalk(s|ed|er|ers|ing)\b",
            r"\bsuspects? (is|are|was|named|called|lives?)\b|drug (dealer|addict)s?|deals? drugs",
            r"licen[cs]e plate (number )?(is )?[A-Z0-9]{2,4}-[A-Z0-9]{2,4}",
        ),
    ),
    Way(
        NO_HEALTH,
        _any_of(
            "精神病(?!院)|精神(疾病|異常|失常|有問題)|神經病|瘋子|思覺失調|躁鬱|憂鬱症|愛滋(?!.{0,2}防治)|肺結核|罹患|確診|身心障礙者住",
            "失智(?!.{0,2}(據點|日照|中心|共照|照護|友善|協會))|(他|她|鄰居|先生|太太).{0,4}(癌|中風)",
            r"mentally ill|\bmental (illness|patient)|schizophren|psychotic|psychopath|\blunatic|\b(has|with) cancer\b",
            r"\bdementia\b(?! (day|care|cent))|\bHIV\b|(?-i:\bAIDS\b)|tuberculosis",
        ),
    ),
)

BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff])[\s.*_·・]+(?=[\u3400-\u9fff])")


def way_out(words: str) -> str:
    """Return the message id of who helps with what a text speaks of; empty when it speaks of a place."""
    plain = BETWEEN_HAN.sub("", re.sub(r"\s+", " ", unicodedata.normalize("NFKC", words)))
    return next((way.help_line for way in WAYS if way.words.search(plain)), "")


def require_for_a_map(words: str) -> None:
    """Refuse a text that belongs elsewhere.

    Raises
    ------
    BelongsElsewhere
        It says who helps; the text itself is not in the error.
    """
    help_line = way_out(words)
    if help_line:
        raise BelongsElsewhere(help_line)
