"""Watch teams and their routes: the words."""

from enum import StrEnum


class TeamKind(StrEnum):
    """Kinds of watch teams."""

    YEAR_ROUND = "year_round"  # 常年隊
    NEW_YEAR = "new_year"  # 春安隊
    JOINT = "joint"  # 聯合巡守
