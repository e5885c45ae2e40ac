"""The fixture server: what the conformance suite calls by name, on the product's own dispatcher and transports.

`python -m tests.conformance.everything --port N`, or `--stdio`. The product itself carries none of these fixtures.
Above: tests.conformance.test_conformance, tests.acceptance.test_clients. Below: server.compose, the fixture modules.
"""

import argparse
import sys

from engine.library import Library
from engine.runner import Runner
from server import compose
from server.logs import configure
from server.settings import Settings, load
from tests.conformance.asking_tools import legacy_tools, round_tools
from tests.conformance.offers import (
    FixtureChanges,
    FixtureCompleter,
    FixturePrompts,
    FixtureResources,
    trigger_tools,
)
from tests.conformance.plain_tools import plain_tools
from tools.contract import Catalogue


def catalogue() -> Catalogue:
    """Put all fixtures together."""
    prompts, changes = FixturePrompts(), FixtureChanges()
    tools = (*plain_tools(), *legacy_tools(), *round_tools(), *trigger_tools(prompts, changes))
    return Catalogue(
        tools, prompts, FixtureResources(), FixtureCompleter(), "Fixtures of the conformance suite.", changes
    )


def main() -> int:
    """Serve the fixtures on stdin and stdout, or over HTTP at `--port`, with the settings of the environment."""
    parser = argparse.ArgumentParser(description="The conformance suite's fixtures on this product's server.")
    parser.add_argument("--stdio", action="store_true", help="serve on stdin and stdout instead of HTTP")
    parser.add_argument("--port", type=int, help="port for HTTP")
    parser.add_argument(
        "--sessions",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="keep HTTP sessions in memory: subscriptions of the older revisions need a stream to be told on",
    )
    parser.add_argument("--home", help="data folder; the secret of its store seals sessions and request states")
    parser.add_argument("--workspace", help="project folder whose settings are read")
    chosen = vars(parser.parse_args())
    on_stdio = chosen.pop("stdio")
    settings = load({name: value for name, value in chosen.items() if value is not None}).settings
    configure(settings.log_level or "warning", settings.log_file, settings.log_max_mb, settings.log_max_days)
    if on_stdio:
        return compose.serve_stdio(settings, fixtures)
    return compose.serve_http(settings, fixtures, lambda port: f"http://{settings.host}:{port}/mcp\n")


def fixtures(_library: Library, _settings: Settings, _runner: Runner) -> Catalogue:
    """Offer the fixtures, whatever the product would."""
    return catalogue()


if __name__ == "__main__":
    sys.exit(main())
