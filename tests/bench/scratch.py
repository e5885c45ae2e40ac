"""The environment the peers live in: a folder that the bench makes once and keeps, apart from the product's own.

Above: tests.bench.__main__. Below: venv, pip, npm with whatever registries this machine is set up for.
"""

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Final, NamedTuple

from tests.bench import sample
from tests.services import INTEROP, MODULES, ROOT, find_node

PEERS: Final = ("fastmcp>=4.1,<4.2", "mcp>=2.3,<2.4", "aiosqlite>=0.22,<0.23")
INSTALL_TIMEOUT_S: Final = 600  # seconds for one pip or npm run
SDK: Final = "@modelcontextprotocol/sdk"


class Scratch(NamedTuple):
    """Where everything is: the folder, the peers' Python, Node and its packages (None: this machine has none)."""

    folder: Path
    python: Path
    node: Path | None
    modules: Path

    @property
    def workspace(self) -> Path:
        """The workspace with the five-step workflow."""
        return self.folder / "workspace"

    @property
    def workflow(self) -> Path:
        """The file of the five-step workflow."""
        return self.workspace / "workflows" / f"{sample.WORKFLOW_ID}.json"

    def home(self, name: str) -> Path:
        """Make an empty home folder for one server."""
        home = self.folder / "homes" / name
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        return home

    def ours(self, *flags: str) -> list[str]:
        """Give the command that starts our server."""
        launcher = str(ROOT / "workflowlookup.py")
        return [sys.executable, launcher, "serve", *flags, "--workspace", str(self.workspace)]

    def peer(self, name: str, *arguments: str) -> list[str]:
        """Give the command that starts a Python peer."""
        return [str(self.python), str(ROOT / "tests" / "bench" / "peers" / name), str(self.workflow), *arguments]

    def typescript(self) -> list[str] | None:
        """Give the command that starts the TypeScript SDK v1 server; None where there is no Node."""
        script = ROOT / "tests" / "bench" / "peers" / "sdk_server.mjs"
        return None if self.node is None else [str(self.node), str(script), str(self.modules), str(self.workflow)]


def default_folder() -> Path:
    """Give the named folder under the user's cache."""
    return Path.home() / ".cache" / "workflowlookup-bench"


def prepare(folder: Path, *, peers: bool) -> Scratch:
    """Make the folder whole; the peers' packages are installed at the first time only."""
    folder.mkdir(parents=True, exist_ok=True)
    scratch = Scratch(folder, folder / "venv" / "bin" / "python", find_node(), _modules(folder) if peers else MODULES)
    if peers:
        _install_python(folder / "venv", scratch.python)
    sample.write_workspace(scratch.workspace)
    (folder / "fixed.json").write_bytes(sample.fixed_answer(1))
    return scratch


def _install_python(venv: Path, python: Path) -> None:
    """Install the Python peers, unless the ones we want are there."""
    mark = venv / "peers.json"
    if mark.is_file() and json.loads(mark.read_text()) == list(PEERS):
        return
    base = Path(sysconfig.get_config_var("BINDIR")) / "python3"
    subprocess.run([str(base), "-m", "venv", "--clear", str(venv)], check=True, timeout=INSTALL_TIMEOUT_S)
    install = [str(python), "-m", "pip", "install", "-qqq", *PEERS]
    subprocess.run(install, check=True, timeout=INSTALL_TIMEOUT_S)
    mark.write_text(json.dumps(list(PEERS)))


def _modules(folder: Path) -> Path:
    """Give the npm packages: those the tests installed, else our own copy of the same pinned set."""
    if (MODULES / SDK).is_dir():
        return MODULES
    own = folder / "npm"
    if not (own / "node_modules" / SDK).is_dir() and shutil.which("npm"):
        own.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(INTEROP / name, own / name)
        words = ["npm", "ci", "--prefix", str(own), "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(words, check=True, timeout=INSTALL_TIMEOUT_S)
    return own / "node_modules"
