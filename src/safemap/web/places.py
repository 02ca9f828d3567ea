"""What is meant by words in a village: streets, landmarks and lamps, and cameras as far as the asker may know them."""

from sqlalchemy.orm import Session

from safemap.basemap.finding import Finder, Found
from safemap.basemap.listing import place_list
from safemap.cameras.service import cameras_of_number
from safemap.communities.rules import StudyArea
from safemap.identity.permissions import may
from safemap.identity.rules import Kind, Verb, Viewer

WORDS_AT_MOST = 100


def found_in(session: Session, viewer: Viewer, area: StudyArea, words: str) -> list[Found]:
    """Return what words may mean in a village, cameras by the whole number on their pole included.

    A camera's number is for members: whoever reads it from the pole finds it, but it is not suggested to visitors.
    """
    may_be_near = may(viewer, Verb.SEE_EXACT, Kind.CAMERA, area.village_ids)
    cameras = cameras_of_number(session, area.geometry, words, may_be_near=may_be_near)
    named = Finder(place_list(session, area.geometry)).find(words)
    is_told = any(one.is_sure for one in named)
    sure = [one for one in cameras if one.is_sure]
    near = [one for one in cameras if not one.is_sure]
    return [*named, *sure] if is_told else [*sure, *named, *near]
