"""The command line `workflow-lookup`: hands the arguments to a verb, turns its failure into an exit code.

Above: the launcher. Below: argv + verbs.serve (the fast path an agent takes, without click), verbs.group (click, for
everything else). Exit codes: 0 ok, 1 a critical finding, 2 usage, 3 cannot read, 130 Ctrl-C.
"""

import os
import sys
from collections.abc import Sequence

from server.argv import read_serve
from server.setting_table import SettingsError

USAGE = 2
INTERRUPTED = 130  # 128 + SIGINT, what shells expect
READER_GONE = 141  # 128 + SIGPIPE, as above


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command (`argv` defaults to the process's own) and exit with its code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _fill_closed_streams()
    try:
        code = run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        code = _quiet_pipe()
    raise SystemExit(code)


def run(arguments: list[str]) -> int:
    """Run one command; gives its exit code."""
    request = read_serve(arguments)
    if request is None:
        from server.verbs.group import run as run_verb  # noqa: PLC0415 - click, not for serve

        return run_verb(arguments)
    from server.verbs.serve import run as serve  # noqa: PLC0415 - not for the other verbs

    try:
        return serve(request.flags, http=request.http)
    except SettingsError as error:
        sys.stderr.write(f"workflow-lookup: {error}\n")
        return USAGE


def _fill_closed_streams() -> None:
    """Put /dev/null where a caller closed a standard stream (`>&-`), before a file of ours gets its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number: this one
            setattr(sys, name, os.fdopen(number, "r" if name == "stdin" else "w", closefd=False))


def _quiet_pipe() -> int:
    """End quietly when our reader has gone (`| head`): nothing more can be said on stdout, not even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return READER_GONE
