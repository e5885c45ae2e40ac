"""The launcher: puts our own folder first on sys.path, then hands over to server.cli.

Why: our packages have plain names (server, tools, schema). A user's project may have folders of the same names and
PYTHONPATH=. set; without this, starting us inside that project would import theirs.
"""

import sys
from pathlib import Path


def main() -> None:
    """Run the command line; exits the process with the command's exit code."""
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from server.cli import main as run  # noqa: PLC0415 - sys.path must be ours before the first import

    run()


if __name__ == "__main__":
    main()
