"""What the server writes about itself: one line per event, with the number of the request it belongs to."""

import logging
from typing import Any

from safemap.web.middleware import request_id


class RequestNumber(logging.Filter):
    """Adds the request's number to each line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything pass."""
        record.request_id = request_id.get()
        return True


def log_config(level: str) -> dict[str, Any]:
    """Return the configuration of logging for `logging.config.dictConfig`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"number": {"()": RequestNumber}},
        "formatters": {"line": {"format": "%(asctime)s %(levelname)-7s %(request_id)s %(message)s"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["number"], "formatter": "line"}},
        "loggers": {
            "safemap": {"level": level.upper(), "handlers": ["console"], "propagate": False},
            "uvicorn": {"level": "WARNING", "handlers": ["console"], "propagate": False},
        },
    }
