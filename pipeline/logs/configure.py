"""Configure the log of a process: the web process, a worker, beat, and what they start."""

import logging
import sys
import threading
from types import TracebackType

from pipeline.logs.cleaning import clean_by
from pipeline.logs.lines import JsonLines, TextLines
from pipeline.logs.repeats import RepeatLimit
from pipeline.own_version import find_version
from pipeline.settings import Settings

OURS = ("pipeline", "workers", "service", "emulator")
TOLD = ("uvicorn", "celery")
"""Libraries that say what the process does; of all others only warnings are written."""

log = logging.getLogger(__name__)


def configure_logs(settings: Settings, *, limit_repeats: bool = False) -> None:
    """Write the log of this process to its standard error, from now on.

    Errors that nothing catches, and Python's warnings, are written to it too.

    Args:
        settings: the format, the level, and the secrets that must not be seen.
        limit_repeats: whether to write what repeats only a few times a minute, where strangers can
            cause it.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(make_formatter(settings))
    if limit_repeats:
        handler.addFilter(RepeatLimit())
    level = logging.getLevelNamesMapping()[settings.log.level.upper()]
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(level, logging.WARNING))
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    for name in TOLD:
        logging.getLogger(name).setLevel(max(level, logging.INFO))
    # Google's clients cut their loggers off from the root's when they are loaded, unless these have
    # a level by then.
    google = logging.getLogger("google")
    google.setLevel(max(level, logging.WARNING))
    google.propagate = True
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def make_formatter(settings: Settings) -> logging.Formatter:
    """Return what writes a record as the settings ask."""
    style = settings.log.format
    if style == "json" or (style == "auto" and settings.environment == "production"):
        return JsonLines(clean_by(settings), find_version())
    return TextLines(clean_by(settings))


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    log.critical("the process ends by an error", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
        log.critical(
            "a thread ends by an error",
            exc_info=(args.exc_type, args.exc_value, args.exc_traceback),
        )
