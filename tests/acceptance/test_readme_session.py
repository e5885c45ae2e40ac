"""The session of the README, pasted into a shell beside a server, goes as the README says."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from schema.values import JsonObject
from tests.services import ROOT, missing
from tests.serving import PRODUCT, environment, http_server
from tests.unit.book import fences

SECONDS: Final = 30  # the whole paste; it takes well under one


def pasted() -> str:
    """Give the fence of the README that is marked as the session."""
    (text,) = (fence.text for fence in fences(ROOT / "README.md") if fence.words == ("sh", "session"))
    return text


@pytest.mark.requirement("DOC-5")
def test_the_session_of_the_readme_can_be_pasted_and_outlives_the_server(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        missing("curl", "install it with the system's package manager")
    started, refused, read = played(tmp_path)

    assert (started["status"], started["current_phase"]) == ("success", 1)
    assert refused["checkpoint_passed"] is False
    assert (read["sessionId"], read["status"], read["stepKey"]) == (started["session_id"], "running", "p1-t1")
    listed = subprocess.run(
        [PRODUCT[0], PRODUCT[1], "sessions", "list"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS,
    ).stdout
    assert str(started["session_id"]) in listed
    assert "phase 1 of 4" in listed


def played(home: Path) -> list[JsonObject]:
    """Paste the session into a shell beside a fresh server; gives the results it prints."""
    with http_server((*PRODUCT, "--http"), home) as url:
        text = pasted().replace("http://127.0.0.1:8000", url)
        done = subprocess.run(
            ["sh", "-c", text],
            cwd=home,
            env=environment(home),
            capture_output=True,
            text=True,
            check=True,
            timeout=SECONDS,
        )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return [answer["result"] for answer in answers]
