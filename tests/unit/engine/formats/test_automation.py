"""Automation YAML as files: where findings point, what names it, what sessions may rely on."""

import pytest

from engine.build import build
from engine.formats.automation import read_automation
from engine.formats.automation_texts import free_names
from engine.library_model import AUTOMATION_YAML
from engine.library_read import check, kind_of
from engine.review import Review, review_automation
from schema.finding import Finding, Severity
from schema.source import Syntax, read
from schema.values import JsonObject

HEAD = "name: team:case\ndescription: A case.\nversion: 1.0.0\n"


def reviewed(text: str, stem: str = "") -> Review:
    """Review a text as the library does."""
    document = read(text, Syntax.YAML).documents[0]
    return check(document, kind_of(document.value, Syntax.YAML), stem)


def one(checked: Review) -> Finding:
    """Give the only finding."""
    assert len(checked.findings) == 1, checked.findings
    return checked.findings[0]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("name: a:b\nsteps: []", AUTOMATION_YAML),
        ("default_state: {}", AUTOMATION_YAML),
        ("state_schema: {}\nsteps: []", AUTOMATION_YAML),
        ("sub_agent_tasks: {}", AUTOMATION_YAML),
        ("id: abc\nname: a:b\nsteps: []", "workflow"),
        ("name: plain\nsteps: []", "workflow"),
        ("name: 'a: b'\nsteps: []", "workflow"),
        ("name: 'a:b'\n", AUTOMATION_YAML),
        ("other: 1", "no-workflow"),
    ],
)
def test_automation_yaml_is_known_by_its_shape(text: str, kind: str) -> None:
    assert kind_of(read(text, Syntax.YAML).documents[0].value, Syntax.YAML) == kind


def test_the_same_in_json_is_no_automation_yaml() -> None:
    value = read('{"name": "a:b", "steps": []}', Syntax.JSON).documents[0].value
    assert kind_of(value, Syntax.JSON) == "workflow"


def test_a_finding_of_the_importer_points_into_the_file() -> None:
    finding = one(reviewed(HEAD + "steps:\n  - id: say\n    type: user_mesage\n    message: Hi\n"))
    assert (finding.severity, finding.rule) == (Severity.CRITICAL, "unknown-type")
    assert (finding.line, finding.column) == (6, 11)
    assert finding.suggestion == "did you mean 'user_message'?"


def test_a_finding_of_the_schema_points_to_the_key_it_came_from() -> None:
    text = "steps:\n  - id: round\n    type: while_loop\n    condition: this.x\n    max_iterations: 5000\n"
    text += "    body:\n      - type: break\n"
    finding = one(reviewed(HEAD + "default_state: {state: {x: 1}}\n" + text))
    assert (finding.severity, finding.pointer) == (Severity.CRITICAL, "/steps/0/max_iterations")
    assert (finding.line, finding.column) == (9, 21)


def test_a_finding_of_the_structure_points_to_the_step_it_came_from() -> None:
    finding = one(reviewed(HEAD + "steps:\n  - id: out\n    type: break\n"))
    assert finding.severity is Severity.CRITICAL
    assert finding.line == 5


def test_a_broken_expression_is_found_where_it_stands() -> None:
    text = "steps:\n  - {id: see, type: conditional, condition: 'this.x >', then_steps: []}\n"
    finding = one(reviewed(HEAD + "default_state: {state: {x: 1}}\n" + text))
    assert (finding.severity, finding.pointer) == (Severity.CRITICAL, "/steps/0/condition")


def test_a_step_inside_a_merged_answer_is_found_at_the_answer() -> None:
    text = """steps:
  - id: ask
    type: agent_prompt
    prompt: Look
  - type: agent_response
    state_updates:
      - path: this..x
        value: response
"""
    finding = one(reviewed(HEAD + text))
    assert finding.severity is Severity.CRITICAL
    assert finding.pointer.startswith("/steps/1/state_updates")


def test_the_file_s_name_is_an_alias_where_the_document_has_another() -> None:
    say = "steps:\n  - {type: user_message, message: Hi}\n"
    assert (reviewed(HEAD + say, "deploy").native or {})["aliases"] == ["deploy"]
    assert "aliases" not in (reviewed(HEAD + say, "team:case").native or {})
    assert "aliases" not in (reviewed(HEAD + say, "my file").native or {})


def test_what_is_imported_can_be_built_and_walked() -> None:
    given: JsonObject = {
        "name": "team:case",
        "description": "d",
        "version": "1.0.0",
        "default_state": {"state": {"n": 0}},
        "steps": [
            {"type": "while_loop", "condition": "{{ this.n < 3 }}", "body": [{"type": "agent_prompt", "prompt": "Do"}]},
            {"type": "parallel_foreach", "items": "{{ [1, 2] }}", "sub_agent_task": "one"},
        ],
        "sub_agent_tasks": {"one": {"description": "d", "prompt_template": "{{ item }} of {{ total }}"}},
    }
    imported = read_automation(given)
    assert imported.findings == ()
    workflow = build(imported.document)
    assert [step.id for step in workflow.steps] == ["while_loop-1", "parallel_foreach-3"]


def test_without_a_source_text_findings_have_no_place() -> None:
    checked = review_automation({"name": "team:case", "steps": []})
    assert not checked.is_valid
    assert all(finding.line is None for finding in checked.findings)


def test_what_is_no_object_is_refused() -> None:
    assert not review_automation(read("- 1", Syntax.YAML).documents[0]).is_valid


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("a.b + c['d']", ("a", "c")),
        ("list.map(x => x + y)", ("list", "y")),
        ("`${a} b ${`${c}`}`", ("a", "c")),
        ("'a' + \"b\" + c", ("c",)),
        ("a +", ("a",)),
    ],
)
def test_the_names_an_expression_reads(code: str, names: tuple[str, ...]) -> None:
    assert free_names(code) == names


@pytest.mark.parametrize(
    "step",
    [
        {"type": "agent_prompt", "prompt": "p" * 65_536},
        {"type": "agent_task", "prompt": "p" * 65_536},
        {"type": "user_input", "prompt": "p" * 32_000, "instructions": "i" * 32_000, "variable_name": "said"},
        {"type": "shell_command", "command": f"echo {'x' * 60_000}", "execution_context": "client"},
    ],
)
def test_prompts_of_a_whole_page_are_imported(step: JsonObject) -> None:
    task: JsonObject = {"description": "d", "steps": [step]}
    fan: JsonObject = {
        "type": "parallel_foreach",
        "items": "{{ inputs.all }}",
        "sub_agent_task": "one",
        "sub_agent_prompt_override": "o" * 65_536,
    }
    given: JsonObject = {"inputs": {"all": "array"}, "steps": [step, fan], "sub_agent_tasks": {"one": task}}
    checked = review_automation({"name": "team:case", "description": "d", "version": "1.0.0", **given})
    assert [each for each in checked.findings if each.severity is Severity.CRITICAL] == []
