"""Logs: one JSON object a line on standard error, with certain fields alone, so that no input or token gets in."""

from __future__ import annotations

import logging
import sys

import msgspec

FIELDS = ("route", "status", "reason", "what", "where", "problem", "policy")


class AsJson(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; messages of other libraries are cut to their first line."""
        line: dict[str, object] = {"at": round(record.created, 3), "level": record.levelname.lower()}
        line["message"] = record.getMessage().partition("\n")[0][:500]
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[0]:
            line["what"] = record.exc_info[0].__name__
        return msgspec.json.encode(line).decode()


def tell_in_json(level: int = logging.INFO) -> None:
    """Log the gateway's and the server's messages as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(AsJson())
    for name, least in (("secondline.gateway", level), ("uvicorn", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(least)
        logger.propagate = False
