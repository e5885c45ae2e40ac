"""The whole tree obeys the house rules; each rule is shown to bite in test_tidy_rules.py."""

import tomllib
from collections.abc import Callable, Iterator

import pytest

from tests.unit.tidy import comment_rules, purity_rules, shape_rules, suite_rules
from tests.unit.tidy.sources import ROOT, Module, python_modules, text_files, tracked_paths

MODULE_RULES: tuple[Callable[[Module], Iterator[str]], ...] = (
    shape_rules.long_file,
    shape_rules.long_function,
    shape_rules.many_parameters,
    shape_rules.refused_class_name,
    shape_rules.refused_file_name,
    shape_rules.module_docstring,
    purity_rules.impure_call,
    purity_rules.impure_import,
    purity_rules.broad_except,
    purity_rules.any_import,
    comment_rules.bare_exemption,
    comment_rules.complexity_exemption,
    suite_rules.sleeping_test,
    suite_rules.toothless_test,
    suite_rules.short_test_name,
)
TEXT_RULES: tuple[Callable[[str, str], Iterator[str]], ...] = (
    comment_rules.left_over_mark,
    comment_rules.registry_host,
    comment_rules.machine_path,
)


def assert_none(breaches: list[str]) -> None:
    assert not breaches, "\n" + "\n".join(breaches)


def test_git_lists_the_files_the_rules_look_at() -> None:
    assert {"pyproject.toml", "workflowlookup.py", "tests/unit/test_tidy.py"} <= set(tracked_paths())


def test_every_file_lies_where_the_map_says() -> None:
    assert_none(list(shape_rules.stray_paths(tracked_paths())))


@pytest.mark.parametrize("rule", MODULE_RULES, ids=lambda rule: rule.__name__)
def test_python_files_keep_the_rule(rule: Callable[[Module], Iterator[str]]) -> None:
    assert_none([breach for module in python_modules() for breach in rule(module)])


@pytest.mark.parametrize("rule", TEXT_RULES, ids=lambda rule: rule.__name__)
def test_text_files_keep_the_rule(rule: Callable[[str, str], Iterator[str]]) -> None:
    assert_none([breach for path, text in text_files() for breach in rule(path, text)])


def test_the_bars_of_the_checkers_are_not_lowered() -> None:
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    ruff = tool["ruff"]
    assert (ruff["line-length"], ruff["lint"]["select"]) == (120, ["ALL"])
    assert ruff["lint"]["mccabe"]["max-complexity"] == 8
    assert tool["mypy"]["strict"] is True
    assert tool["pytest"]["ini_options"]["filterwarnings"][0] == "error"
    assert tool["coverage"]["run"]["branch"] is True
    assert tool["coverage"]["report"]["fail_under"] >= 90
