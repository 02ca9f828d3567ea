"""Cameras: the words."""

from enum import StrEnum


class CameraKind(StrEnum):
    """How a camera looks around."""

    FIXED = "fixed"
    PANNING = "panning"
    DOME = "dome"


class CameraSite(StrEnum):
    """What a camera watches."""

    PUBLIC = "public"  # streets and squares
    TRAFFIC = "traffic"
    INDOOR = "indoor"  # kept, never counted as watching a street
    UNKNOWN = "unknown"


DEFAULT_FIELD_OF_VIEW_DEG = 60.0  # of a fixed camera whose file says nothing: a common 4 mm lens
DEFAULT_REACH_M = 40.0  # of a 1080p camera at Outline grade (IEC 62676-4:2025, 40 px/m) with a 60° lens: 42 m
