"""Where workflow documents come from: the folders, in order; a later one wins by id.

Above: server.compose and the CLI make the tuple, engine.library walks it. Below: paths only, nothing is read here.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

BUNDLED_FOLDER = Path(__file__).resolve().parent.parent / "workflows"
USER_FOLDERS = (".aromcp/workflows", ".workflowlookup/workflows")  # below the user's home directory: one source
PROJECT_FOLDERS = (  # below the workspace; together they are one source
    "workflows",
    ".workflowlookup/workflows",
    ".agent-os/workflows",
    ".praxis-os/workflows",
    "universal/workflows",
    ".aromcp/workflows",
)


class Source(NamedTuple):
    """One folder of documents.

    `name`: bundled, user, path-1, path-2, ... or project; what callers see instead of a machine path.
    `root`: the absolute folder. `prefix`: stands before paths in answers ("workflows/" for a project folder).
    `expected`: somebody named this very folder, so its absence is worth a finding. `within`: the resolved root must lie
    in this folder ("" = anywhere).
    """

    name: str
    root: str
    prefix: str = ""
    expected: bool = False
    within: str = ""


def ordered_sources(
    workspace: Path | None,
    extra: Sequence[Path] = (),
    user_home: Path | None = None,
    bundled: Path | None = BUNDLED_FOLDER,
) -> tuple[Source, ...]:
    """Give the sources, weakest first: bundled, user, the `extra` folders (WORKFLOWLOOKUP_PATH), the project's own.

    A None leaves that source out. A project folder that is another source's own (our checkout as workspace) stays that
    source's. Relative paths are taken from the working directory. Nothing need exist.

    >>> [source.name for source in ordered_sources(Path("/p"), [Path("/x")], Path("/u"))][:5]
    ['bundled', 'user', 'user', 'path-1', 'project']
    """
    found = []
    if bundled is not None:
        found.append(Source("bundled", _absolute(bundled), expected=True))
    if user_home is not None:
        older, own = (_absolute(user_home / folder) for folder in USER_FOLDERS)
        found += [Source("user", older, f"{USER_FOLDERS[0]}/"), Source("user", own)]
    for number, folder in enumerate(extra, 1):
        found.append(Source(f"path-{number}", _absolute(folder), expected=True))
    if workspace is not None:
        inside = _absolute(workspace)
        named = {source.root for source in found}
        folders = [(f"{inside}/{name}", f"{name}/") for name in PROJECT_FOLDERS]
        found += [Source("project", root, shown, within=inside) for root, shown in folders if root not in named]
    return tuple(found)


def _absolute(folder: Path) -> str:
    """Make the path absolute without following links, so that a link swapped later is seen."""
    return str(folder.expanduser().absolute())
