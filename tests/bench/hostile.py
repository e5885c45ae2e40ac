"""Documents made to hurt: each is refused with a finding, costs no other document anything, and nothing hangs.

Above: tests.bench.reliability. Below: processes; a real server over a real workspace.
"""

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Final

from schema.values import Json, JsonObject
from tests.bench import sample, scratch
from tests.bench.processes import StdioProcess, stdio_process

DEEP: Final = 1_000_000  # levels
HUGE: Final = 100_000_000  # bytes of a file, sparse on disk
ANSWER_S: Final = 20.0  # seconds any single answer may take on a loaded machine
BOMB: Final = "(a+)+$"  # exponential in backtracking engines
BAIT: Final = "a" * 40 + "!"


def plain(name: str, **more: Json) -> JsonObject:
    """Give a small valid workflow."""
    step: JsonObject = {"id": "only", "title": "Only", "prompt": "Do it.", **more}
    return {
        "schemaVersion": "1.0.0",
        "id": name,
        "name": name,
        "description": "A workflow.",
        "version": "1.0.0",
        "steps": [step],
    }


def texts() -> dict[str, bytes]:
    """Give the documents that must be refused, by file name."""
    return {
        "deep-json.json": b"[" * DEEP + b"]" * DEEP,
        "deep-yaml.yaml": b"[" * DEEP,
        "deep-object.json": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
        "aliases.yaml": b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\nid: aliases\nsteps: []\n",
        "twice.yaml": b"id: twice\nid: twice\nsteps: []\n",
        "twice.json": b'{"id": "twice-json", "id": "twice-json", "steps": []}',
        "nan.json": b'{"id": "nan", "steps": [], "version": NaN}',
        "latin.json": b'{"id": "latin", "steps": [], "name": "\xe9"}',
        "tag.yaml": b"id: tag\nsteps: !!python/object/apply:os.system ['true']\n",
        "escape.json": json.dumps({**plain("escape"), "id": "../../escape"}).encode(),
        "loops.json": json.dumps({**plain("loops"), "steps": [_loop(10**9)]}).encode(),
        "regex.json": json.dumps(plain("regex", validationCriteria=[_pattern("(")])).encode(),
    }


def _loop(most: int) -> JsonObject:
    rule: JsonObject = {"type": "while", "condition": {"var": "a", "equals": 1}, "maxIterations": most}
    body: list[Json] = [{"id": "inner", "title": "Inner", "prompt": "Do it."}]
    return {"id": "endless", "type": "loop", "title": "Endless", "loop": rule, "body": body}


def _pattern(pattern: str) -> JsonObject:
    return {"type": "regex", "pattern": pattern, "message": "Match it."}


def documents() -> str:
    """Serve a workspace full of them; AssertionError where one is accepted, hurts another or takes too long."""
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        place = scratch.prepare(Path(folder), peers=False)
        workflows = place.workspace / "workflows"
        names = _write(workflows, Path(folder))
        with stdio_process(place.ours("--stdio"), place.home("hostile")) as server:
            server.greet()
            listed = _call(server, "workflow_list", {"includeInvalid": True, "limit": 100})
            refused = _refused(listed)
            bomb = _call(
                server, "workflow_validate", {"workflowId": "bomb", "stepId": "only", "output": BAIT}, refused=True
            )
            _call(server, "workflow_get", {"id": sample.WORKFLOW_ID})
    assert "-32004" in json.dumps(bomb), bomb
    accepted = [name for name in names if name not in refused]
    assert accepted == [], accepted
    return (
        f"{len(refused)} hostile documents refused with findings, none accepted; a regex bomb ended at its time limit"
    )


def _refused(listed: JsonObject) -> set[str]:
    """Give the names of the files a listing has critical findings for."""
    found = listed["workflows"]
    assert isinstance(found, list)
    assert any(isinstance(each, dict) and each["id"] == sample.WORKFLOW_ID for each in found)
    problems = [problem for each in found if isinstance(each, dict) for problem in _list(each.get("problems"))]
    paths = [str(each["path"]) for each in problems if isinstance(each, dict) and each["severity"] == "critical"]
    return {path.rpartition("/")[2] for path in paths}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _write(workflows: Path, outside: Path) -> list[str]:
    """Write them all, with those that are no plain text; gives their names."""
    refused = texts()
    for name, text in refused.items():
        (workflows / name).write_bytes(text)
    (workflows / "bomb.json").write_text(json.dumps(plain("bomb", validationCriteria=[_pattern(BOMB)])))
    (outside / "secret.json").write_text(json.dumps(plain("secret")))
    (workflows / "link.json").symlink_to(outside / "secret.json")
    (workflows / "round").symlink_to(workflows, target_is_directory=True)
    os.mkfifo(workflows / "pipe.json")
    with (workflows / "huge.json").open("wb") as huge:
        huge.truncate(HUGE)
    return [*refused, "link.json", "pipe.json", "huge.json"]


def _call(server: StdioProcess, name: str, arguments: JsonObject, *, refused: bool = False) -> JsonObject:
    params: JsonObject = {"name": name, "arguments": arguments}
    started = time.perf_counter()
    answer = server.ask(sample.line({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}))
    assert time.perf_counter() - started < ANSWER_S, name
    assert b"Traceback" not in answer
    result: JsonObject = json.loads(answer)["result"]
    assert bool(result.get("isError")) is refused, answer[:2000]
    found = result["structuredContent"]
    assert isinstance(found, dict)
    return found
