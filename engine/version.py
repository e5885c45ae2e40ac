"""The version of this release, once.

Above: engine.formats (minServerVersion), server (what it tells clients), the CLI. Below: nothing.
"""

from typing import Final

SERVER_VERSION: Final = "1.2.0"
"""Full semver; a test compares it with pyproject.toml."""
