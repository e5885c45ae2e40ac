"""A user's home, a project, and the variables set: what settings are loaded from.

Above: the tests of settings and verbs. Below: server.settings.
"""

from pathlib import Path

from server.settings import PROJECT_FILE, USER_FILE, Loaded, load


class World:
    """A user's home, a project, and the variables set."""

    def __init__(self, home: Path, project: Path) -> None:
        self.home = home
        self.project = project

    def user_file(self, text: str) -> Path:
        return self._write(self.home / USER_FILE, text)

    def project_file(self, text: str) -> Path:
        return self._write(self.project / PROJECT_FILE, text)

    def load(self, flags: dict[str, object] | None = None, /, **variables: str) -> Loaded:
        return load(flags or {}, {"HOME": str(self.home), **variables}, self.project)

    @staticmethod
    def _write(path: Path, text: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path
