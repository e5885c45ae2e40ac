"""Every house rule bites: a snippet that breaks it is found, its sound neighbour is not."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from tests.unit.tidy import comment_rules, purity_rules, shape_rules, suite_rules
from tests.unit.tidy.sources import Module, parse

Rule = Callable[[Module], Iterator[str]]


class Sample(NamedTuple):
    """One rule with a snippet that breaks it and one that does not, as they would stand in `path`."""

    rule: Rule
    path: str
    bad: str
    good: str


DISPATCH = """
def f(x):  # noqa: C901 - pure dispatch over the step kinds
    "Say what."
    match x:
        case 1:
            return g(x)
        case 2:
            return await h(x)
        case _:
            {end}
"""
ENGINE, SERVER, SUITE = "engine/x.py", "server/x.py", "tests/unit/test_x.py"
SAMPLES = (
    Sample(shape_rules.long_file, ENGINE, "a = 1\n" * 301, "a = 1\n" * 300),
    Sample(shape_rules.long_function, ENGINE, "def f():\n" + "    a = 1\n" * 40, "def f():\n" + "    a = 1\n" * 39),
    Sample(shape_rules.long_function, ENGINE, "async def f():\n" + "    a\n" * 40, "class A:\n" + "    a = 1\n" * 50),
    Sample(
        shape_rules.many_parameters,
        ENGINE,
        "def f(a, b, c, d, e, *, f, **g): ...",
        "def f(self, a, b, c, d, e, f): ...",
    ),
    Sample(shape_rules.refused_class_name, ENGINE, "class StepManager: ...", "class ManagerOfSteps: ..."),
    Sample(shape_rules.refused_file_name, "engine/utils.py", "", ""),
    Sample(shape_rules.refused_file_name, "engine/json.py", "", ""),
    Sample(shape_rules.refused_file_name, "engine/helpers/x.py", "", ""),
    Sample(shape_rules.module_docstring, ENGINE, "a = 1", '"""What it is."""'),
    Sample(shape_rules.module_docstring, ENGINE, '"""A\n' + "b\n" * 8 + '"""', '"""A\n' + "b\n" * 7 + '"""'),
    Sample(purity_rules.impure_call, ENGINE, "from datetime import datetime\ndatetime.now()", "now = clock()"),
    Sample(purity_rules.impure_call, ENGINE, "import datetime as d\nd.datetime.now(d.UTC)", "clock.datetime.now()"),
    Sample(purity_rules.impure_call, ENGINE, "from uuid import uuid4\nuuid4()", "from uuid import UUID\nUUID(int=1)"),
    Sample(purity_rules.impure_call, SERVER, "import time\nclock = time.time", "import time\ntime.perf_counter()"),
    Sample(purity_rules.impure_call, SERVER, "import random\nrandom.random()", "random = 1\nrandom + 1"),
    Sample(purity_rules.impure_call, SERVER, "import os\nos.environ['A']", "import os\nos.sep"),
    Sample(purity_rules.impure_call, SERVER, "from os import getenv\ngetenv('A')", "import hmac\nhmac.compare_digest"),
    Sample(purity_rules.impure_import, SERVER, "from random import choice", "from engine.clock import now"),
    Sample(purity_rules.impure_import, SERVER, "from secrets import token_hex as t", "from server import secret"),
    Sample(purity_rules.broad_except, SERVER, "try: f()\nexcept Exception: g()", "try: f()\nexcept OSError: g()"),
    Sample(purity_rules.broad_except, SERVER, "try: f()\nexcept: g()", "try: f()\nfinally: g()"),
    Sample(purity_rules.broad_except, SERVER, "try: f()\nexcept (OSError, BaseException): g()", "raise Exception"),
    Sample(purity_rules.any_import, SERVER, "from typing import Any\na: Any = 1", "from typing import Never"),
    Sample(purity_rules.any_import, SERVER, "import typing as t\na: dict[str, t.Any]", "any([1])"),
    Sample(comment_rules.bare_exemption, SERVER, "a  # noqa", "a  # noqa: E501 - a table reads better whole"),
    Sample(comment_rules.bare_exemption, SERVER, "a  # noqa: E501", "a  # noqa: E501, S101 - told in words"),
    Sample(comment_rules.bare_exemption, SERVER, "a  # type: ignore", "a  # type: ignore[misc]  # stubs lack it"),
    Sample(comment_rules.bare_exemption, SERVER, "a  # type: ignore[misc]", "a  # the type is plain"),
    Sample(comment_rules.bare_exemption, SERVER, "a  # pragma: no cover", "a  # pragma: no cover - only on Windows"),
    Sample(comment_rules.bare_exemption, SERVER, "# mypy: ignore-errors\na", "# ruff finds this\na"),
    Sample(
        comment_rules.complexity_exemption,
        SERVER,
        "# ruff: noqa: C901 - it is long\na",
        "# ruff: noqa: S101 - why so\na",
    ),
    Sample(comment_rules.bare_exemption, SERVER, "# flake8: noqa: E501\na", "# ruff: noqa: PTH116 - stat is faster\na"),
    Sample(
        comment_rules.complexity_exemption,
        SERVER,
        DISPATCH.format(end="return i(x)"),
        DISPATCH.format(end="assert_never(x)"),
    ),
    Sample(
        comment_rules.complexity_exemption, SERVER, "def f(x):  # noqa: C901 - it is long\n  return x", "def f(x): ..."
    ),
    Sample(
        comment_rules.complexity_exemption,
        SERVER,
        DISPATCH.format(end="assert_never(x)").replace("return g(x)", "return g(x) + 1"),
        "a  # noqa: E501 - a table reads better whole",
    ),
    Sample(suite_rules.sleeping_test, SUITE, "import time\ntime.sleep(0)", "import asyncio\nasyncio.sleep(0)"),
    Sample(
        suite_rules.sleeping_test, SUITE, "from asyncio import sleep\nsleep(0.1)", "from asyncio import sleep\nsleep(0)"
    ),
    Sample(suite_rules.toothless_test, SUITE, "def test_a(): f()", "def test_a(): assert f()"),
    Sample(
        suite_rules.toothless_test,
        SUITE,
        "async def test_a(): await f()",
        "def test_a():\n  with pytest.raises(A): f()",
    ),
    Sample(
        suite_rules.toothless_test, SUITE, "class TestA:\n  def test_a(self): f()", "def test_a(): box.assert_same(1)"
    ),
    Sample(suite_rules.short_test_name, SUITE, "def test_next(): ...", "def test_next_names_the_step(): ..."),
)


def label(sample: Sample) -> str:
    return sample.rule.__name__


@pytest.mark.parametrize("sample", SAMPLES, ids=label)
def test_a_breach_is_found_once(sample: Sample) -> None:
    found = list(sample.rule(parse(sample.path, sample.bad)))
    assert len(found) == 1
    assert found[0].startswith(sample.path)


@pytest.mark.parametrize("sample", [sample for sample in SAMPLES if sample.good], ids=label)
def test_the_sound_neighbour_passes(sample: Sample) -> None:
    assert list(sample.rule(parse(sample.path, sample.good))) == []


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (purity_rules.impure_call, "engine/clock.py", "import time\ntime.time()"),
        (purity_rules.impure_import, "engine/clock.py", "from secrets import token_bytes"),
        (purity_rules.impure_call, "server/settings.py", "import os\nos.environ"),
        (purity_rules.broad_except, "server/dispatch.py", "try: f()\nexcept Exception: g()"),
        (purity_rules.broad_except, SUITE, "try: f()\nexcept Exception: g()"),
        (shape_rules.module_docstring, SUITE, "a = 1"),
        (suite_rules.sleeping_test, "tests/bench/x.py", "import time\ntime.sleep(1)"),
        (suite_rules.short_test_name, "tests/unit/tidy/x.py", "def test_x(): ..."),
    ],
)
def test_the_one_place_that_may_is_let_through(rule: Rule, path: str, text: str) -> None:
    assert list(rule(parse(path, text))) == []


@pytest.mark.parametrize("path", ["scripts/x.py", "setup.py", "docs/a.md", "tox.ini", ".github/x.yml"])
def test_a_file_off_the_map_is_found(path: str) -> None:
    assert len(list(shape_rules.stray_paths((path,)))) == 1


@pytest.mark.parametrize("path", ["engine/x.py", "README.md", "spec/deploy/Dockerfile", ".ci/run"])
def test_a_file_on_the_map_is_let_through(path: str) -> None:
    assert list(shape_rules.stray_paths((path,))) == []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (comment_rules.left_over_mark, "# TO" + "DO: later"),
        (comment_rules.left_over_mark, "FIX" + "ME"),
        (comment_rules.registry_host, "see https://py" + "pi.org/simple"),
        (comment_rules.registry_host, "https://registry.np" + "mjs.org/x"),
        (comment_rules.machine_path, 'path = "/ho' + 'me/me/x"'),
        (comment_rules.machine_path, "cd /wo" + "rk/main"),
        (comment_rules.machine_path, "file:///ro" + "ot/x"),
    ],
)
def test_a_refused_word_is_found_with_its_line(rule: Callable[[str, str], Iterator[str]], text: str) -> None:
    (found,) = rule("spec/x.md", f"first line\n{text}\n")
    assert found.startswith("spec/x.md:2: ")


@pytest.mark.parametrize(
    "text", ["the mastodons", "~/work/x", "$(HOME)/work/", "https://example.org/home/x", "/homes/x"]
)
def test_harmless_words_are_let_through(text: str) -> None:
    rules = (comment_rules.left_over_mark, comment_rules.registry_host, comment_rules.machine_path)
    assert [breach for rule in rules for breach in rule("spec/x.md", text)] == []
