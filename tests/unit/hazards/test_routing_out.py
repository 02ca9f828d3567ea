"""What no map may hold is sent to those who help; what speaks of a place is not held up."""

import pytest

from safemap.demo.stories import STORIES, STRAYS
from safemap.hazards.categories import CATEGORIES
from safemap.hazards.routing_out import CALL_110, CALL_113, CALL_165, CALL_1925, NO_HEALTH, require_for_a_map, way_out
from safemap.hazards.rules import BelongsElsewhere

ELSEWHERE = {
    CALL_113: (
        "隔壁先生每天晚上打老婆",
        "三樓有家暴,常聽到哭聲",
        "家 暴",
        "疑似家庭暴力",
        "這戶虐待小孩",
        "有女生在這裡被性侵",
        "公園常有人猥褻學生",
        "在這條巷子被性騷擾過",
        "He beats his wife every night",
        "A case of domestic violence next door",
        "The man there hits the kids",
        "A girl was raped here",
        "I was sexually assaulted at this corner",
    ),
    CALL_1925: (
        "有人從這棟樓頂自殺",
        "同學說他想不開",
        "常有人在橋上輕生",
        "Somebody tried to commit suicide on the bridge",
        "She said she would kill herself",
    ),
    CALL_165: (
        "這裡常有詐騙集團面交",
        "阿嬤被車手騙走存款",
        "A scam: they took my aunt's money",
        "fraudsters work from this flat",
    ),
    CALL_110: (
        "住三樓的那個有前科",
        "嫌犯就住在這裡",
        "通緝犯躲在空屋",
        "有人在公園販毒",
        "小偷叫阿明",
        "偷車的人車牌是ABC-1234",
        "身分證A123456789",
        "最近有人跟蹤我回家",
        "The suspect is my neighbour",
        "He has a criminal record",
        "A drug dealer lives on the second floor",
        "Somebody stalked me here",
    ),
    NO_HEALTH: (
        "鄰居是神經病",
        "那個瘋子又在叫",
        "他有思覺失調症",
        "樓上失智的老人會亂走",
        "5樓確診了",
        "The neighbour is mentally ill",
        "He has AIDS",
    ),
}
OF_PLACES = (
    "",
    "路燈壞了三天",
    "單車手把壞掉的車子丟在這裡",
    "機車手把會勾到人",
    "自行車手常常騎太快",
    "防詐騙宣導看板擋住視線",
    "反詐騙布條掉下來",
    "失智據點門口沒有燈",
    "失智症日照中心旁的人行道破了",
    "精神病院後面的圍牆太暗",
    "家庭暴力防治中心前的斑馬線不清楚",
    "自殺防治中心招牌鬆動",
    "流浪狗受虐的空地,圍牆倒了",
    "小偷是從後巷的防火梯上去的",
    "腳踏車常常在這裡被偷",
    "半夜有人喝酒喧嘩",
    "轉角看不到後面有沒有人",
    "打球的小孩會跑到馬路上",
    "公車站牌 62-1 沒有燈",
    "門牌A12號前水溝蓋破了",
    "The lamp has been out for three days",
    "This ramp aids wheelchairs but is broken",
    "Cars hit the kerb here; hitting a child is only a matter of time",
    "A new lamp is wanted by everybody here",
    "The grape arbour hides the corner",
    "An anti-fraud banner hides the crossing",
    "The suicide prevention barrier on the bridge is loose",
    "The path to the dementia care centre is dark",
    "A thief came in over the scaffolding",
    "The drapery shop blocks the arcade",
)


@pytest.mark.parametrize(("help_line", "words"), [(line, words) for line, them in ELSEWHERE.items() for words in them])
def test_it_is_sent_to_who_helps(help_line: str, words: str) -> None:
    assert way_out(words) == help_line
    with pytest.raises(BelongsElsewhere) as caught:
        require_for_a_map(f"路燈壞了。{words}。請處理")
    assert words not in repr(vars(caught.value))
    assert words not in str(caught.value)


@pytest.mark.parametrize("words", OF_PLACES)
def test_words_of_places_pass(words: str) -> None:
    assert way_out(words) == ""


def test_all_words_of_the_form_and_of_the_demo_village_pass() -> None:
    said = [words for story in STORIES for words in story.words]
    said += [stray[4] for stray in STRAYS]
    said += [word for category in CATEGORIES for word in (category.name, category.example)]
    assert [words for words in said if way_out(words)] == []


def test_full_width_letters_and_broken_words_change_nothing() -> None:
    assert way_out("Ａ１２３４５６７８９") == CALL_110
    assert way_out("自　殺") == CALL_1925
    assert way_out("家\n暴") == CALL_113
    assert way_out("DOMESTIC   Violence") == CALL_113
