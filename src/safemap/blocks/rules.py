"""Adopted security blocks: the words."""

from enum import StrEnum


class AdopterKind(StrEnum):
    """Who can adopt a block: employers of guards in the village."""

    SCHOOL = "school"
    COMPANY = "company"
    SHOP = "shop"
    AGENCY = "agency"
    TEMPLE = "temple"
    CONDOMINIUM = "condominium"
