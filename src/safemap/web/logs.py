"""What the server writes about itself: one line per event, with the number of the request it belongs to.

A line holds no address, name, e-mail, token or place: a request stands in it as method, route, status, milliseconds and
the kind of role. Of an unforeseen error it holds the kind and where it happened, for its words may quote what somebody
sent; with the level ``debug`` they are written too. A terminal gets words, everything else JSON.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

from safemap.web.middleware import request_id


class Line(logging.Formatter):
    """A record as one line of JSON."""

    def __init__(self, *, tells_all: bool = False) -> None:
        super().__init__()
        self.tells_all = tells_all

    def format(self, record: logging.LogRecord) -> str:
        """Write a record down."""
        return json.dumps(self.fields_of(record), ensure_ascii=False, default=str)

    def fields_of(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return what a line holds."""
        fields: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "request": request_id.get(),
            "what": record.getMessage(),
        }
        fields.update(getattr(record, "fields", {}))
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            fields["error"] = " < ".join(_kinds(error))
            fields["where"] = [
                f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(error.__traceback__)[-12:]
            ]
            if self.tells_all:
                fields["said"] = "".join(traceback.format_exception(error))
        return fields


class Words(Line):
    """A record as words for whoever sits at the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record down."""
        fields = self.fields_of(record)
        at, level, request, what = (fields.pop(name) for name in ("at", "level", "request", "what"))
        said = fields.pop("said", "")
        rest = " ".join(f"{name}={value}" for name, value in fields.items() if value is not None)
        return f"{at[11:19]} {level:7} {request} {what} {rest}".rstrip() + (f"\n{said}" if said else "")


def _kinds(error: BaseException) -> list[str]:
    """Return the kinds of an error and of those that led to it, the last one first."""
    found: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(found) < 5:
        found.append(f"{type(seen).__module__}.{type(seen).__qualname__}".removeprefix("builtins."))
        seen = seen.__cause__ or seen.__context__
    return found


def log_config(level: str) -> dict[str, Any]:
    """Return the configuration of logging for `logging.config.dictConfig`."""
    form = Words if sys.stderr.isatty() else Line
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": form, "tells_all": level.lower() == "debug"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "loggers": {
            "safemap": {"level": level.upper(), "handlers": ["console"], "propagate": False},
            "uvicorn": {"level": "WARNING", "handlers": ["console"], "propagate": False},
        },
        "root": {"level": "WARNING", "handlers": ["console"]},
    }
