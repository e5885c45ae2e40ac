"""`version`: this program's version; for doctor, also those of what it stands on.

Above: verbs.group, doctor, validate. Below: engine.formats.native (our version), the installed packages' own records.
"""

import platform
from importlib.metadata import PackageNotFoundError, version

import click

from schema.values import JsonObject
from server.verbs.saying import say_json

DEPENDENCIES = (
    "aiohttp",
    "click",
    "jsonrpcserver",
    "jsonschema",
    "jsonschema-rs",
    "orjson",
    "prometheus-client",
    "PyYAML",
    "quickjs-ng",
    "rich",
    "structlog",
)


def own_version() -> str:
    """Give this program's version."""
    from engine.version import SERVER_VERSION  # noqa: PLC0415 - only when asked

    return SERVER_VERSION


def version_line() -> str:
    """Give what `version` says to people."""
    return f"workflow-lookup {own_version()} (Python {platform.python_version()})"


def dependency_versions() -> dict[str, str | None]:
    """Give the version of each dependency; None for one that is not installed."""
    found: dict[str, str | None] = {}
    for name in DEPENDENCIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


@click.command(name="version")
@click.option("--json", "as_json", is_flag=True, help="As {name, version, python}.")
def command(*, as_json: bool) -> None:
    """Print the version."""
    if as_json:
        answer: JsonObject = {
            "name": "workflowlookup",
            "version": own_version(),
            "python": platform.python_version(),
        }
        say_json(answer)
    else:
        click.echo(version_line())
