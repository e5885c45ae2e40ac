"""The built wheel, installed apart from the checkout, works in a folder made to hijack it."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OUR_FOLDERS = ("server", "tools", "engine", "schema")
BUILD_SECONDS = 120  # hatchling takes two seconds; a busy machine takes longer
RUN_SECONDS = 60  # every command here takes under a second


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as a release would, with the tools already installed."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=BUILD_SECONDS)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel alone in a fresh environment; the dependencies are borrowed, so that no network is needed."""
    folder = tmp_path_factory.mktemp("installed") / "environment"
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(command, check=True, capture_output=True, timeout=BUILD_SECONDS)
    (packages,) = folder.glob("lib/python*/site-packages")
    # A path named in a .pth file joins sys.path, but the .pth files inside it are not read: the checkout stays away.
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder / "bin" / "workflow-lookup"


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Make a project with packages of our names, each of which raises as soon as it is imported."""
    folder = tmp_path / "project"
    for name in OUR_FOLDERS:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(f"raise RuntimeError('hijacked by {name}')\n", encoding="utf-8")
    shutil.copy(ROOT / "spec" / "examples" / "valid-workflow.json", folder / "mine.json")
    shutil.copy(ROOT / "spec" / "examples" / "invalid-workflow.json", folder / "broken.json")
    return folder


def run(program: Path, folder: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run the installed program inside a folder that PYTHONPATH names."""
    home = str(folder.parent / "home")
    environment = {"PATH": os.defpath, "PYTHONPATH": ".", "HOME": home, "WORKFLOWLOOKUP_HOME": f"{home}/data"}
    command = [str(program), *arguments]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_SECONDS,
    )


def tree(folder: str, *endings: str) -> set[str]:
    """Give the files of one of our folders as the wheel should name them."""
    paths = (ROOT / folder).rglob("*")
    return {path.relative_to(ROOT).as_posix() for path in paths if path.suffix in endings}


def test_the_wheel_holds_the_code_the_schema_and_the_library_and_no_more(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    code = {name for folder in OUR_FOLDERS for name in tree(folder, ".py")}
    documents = tree("workflows", ".json", ".yaml", ".yml", ".jsonl", ".md")
    assert "workflows/spec_execution_v1/phases/dynamic/task-template.md" in documents
    assert names >= code | documents | {"schema/workflow.schema.json", "workflowlookup.py"}
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        *OUR_FOLDERS,
        "spec",  # the manual that docs://aos_workflow gives, and its example
        "workflows",
        "workflowlookup.py",
    }
    assert {name for name in names if name.startswith("spec/")} == tree("spec/tools", ".md", ".yaml")
    assert not [name for name in names if name.endswith(".pyc")]


def test_the_installed_program_is_the_wheel_and_not_the_checkout(program: Path) -> None:
    command = [str(program.with_name("python")), "-I", "-c", "import workflowlookup; print(workflowlookup.__file__)"]
    found = subprocess.run(command, check=True, capture_output=True, text=True, timeout=RUN_SECONDS).stdout
    assert Path(found.strip()).is_relative_to(program.parents[1])


def test_the_hostile_folder_would_hijack_a_careless_program(program: Path, hostile: Path) -> None:
    done = run(program.with_name("python"), hostile, "-c", "import server")
    assert done.returncode == 1
    assert "hijacked by server" in done.stderr


def test_version_answers_from_a_hostile_folder(program: Path, hostile: Path) -> None:
    done = run(program, hostile, "version")
    assert (done.returncode, done.stderr) == (0, "")
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert declared in done.stdout.split()


@pytest.mark.parametrize(("name", "code"), [("mine.json", 0), ("broken.json", 1)])
def test_validate_judges_files_of_a_hostile_folder(program: Path, hostile: Path, name: str, code: int) -> None:
    done = run(program, hostile, "validate", "--format", "json", name)
    assert done.returncode == code, done.stderr
    assert "hijacked" not in done.stderr
    assert name in done.stdout


def test_an_agent_gets_the_shipped_workflows_in_a_hostile_folder(program: Path, hostile: Path) -> None:
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    messages = (
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "workflow_list", "arguments": {}}},
    )
    done = run(program, hostile, "serve", "--stdio", given="".join(json.dumps(each) + "\n" for each in messages))
    assert done.returncode == 0, done.stderr
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert (first["id"], first["result"]["serverInfo"]["name"]) == (1, "workflowlookup")
    assert second["id"] == 2
    listed = {each["id"] for each in second["result"]["structuredContent"]["workflows"]}
    files = tree("workflows", ".json", ".yaml", ".yml", ".jsonl")
    documents = {name for name in files if name.count("/") == 1 or name.endswith("/metadata.json")}
    assert len(listed) >= len(documents) > 0
