"""The book does not rot: what can be called, set and go wrong is in it, and its examples are what they claim to be."""

import asyncio
import re
from typing import Final

import pytest

from engine.checks import CHECKS
from engine.clock import SystemClock
from engine.library import Library
from engine.review import review
from engine.structure_rules import RULES
from schema.source import Syntax, read
from server import connect_lines
from server.metrics import Metrics
from server.setting_table import SETTINGS
from server.settings import load
from server.verbs.group import VERBS
from server.wire_errors import CODES
from tests.services import ROOT
from tests.unit.book import EXAMPLES, PAGES, SPEC, all_fences, parsed, rows
from tests.unit.product_tools import product_tools

CHAPTERS: Final = (
    "mcp-api-v1.0.md",
    "protocol.md",
    "workflow-language.md",
    "expressions.md",
    "user-input.md",
    "parallel.md",
    "errors-and-time.md",
    "commands.md",
    "automation-yaml.md",
    "tools.md",
    "errors.md",
    "findings.md",
    "cli.md",
    "configuration.md",
    "operations.md",
    "glossary.md",
    "name-map.md",
)
TOOLS: Final = product_tools(Library((), None, SystemClock()))
STANDARD_CODES: Final = (-32700, -32600, -32601, -32602, -32603, -32020, -32021, -32022)
LINK: Final = re.compile(r"\]\(([^)#\s]+)?(?:#([^)\s]+))?\)")
# A rule name where a finding is made: Finding(severity, "rule", ...), and the shorthands of the readers.
NAMED: Final = re.compile(
    r"(?:Finding\(\s*(?:Severity\.[A-Z]+|worst),\s*|\bFault\(|_fault\(|_refused\(|_finding\(|_note\()\"([a-z][a-z-]+)\""
)
HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)


def chapter(name: str) -> str:
    return (SPEC / name).read_text(encoding="utf-8")


def documented_rules() -> set[str]:
    """Give every rule name in the first column of the chapter on findings."""
    return {rule for cell in rows(SPEC / "findings.md", "") for rule in re.findall(r"`([a-z-]+)`", cell)}


def anchors(text: str) -> set[str]:
    """Give the anchors of a page's headings as GitHub makes them."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)}


@pytest.mark.requirement("DOC-1")
def test_every_chapter_of_the_book_is_there() -> None:
    assert [name for name in CHAPTERS if not (SPEC / name).is_file()] == []


@pytest.mark.requirement("DOC-2")
def test_every_verb_of_the_command_line_has_a_section_in_the_cli_chapter() -> None:
    headings = HEADING.findall(chapter("cli.md"))

    assert [verb for verb in VERBS if verb not in headings] == []


@pytest.mark.requirement("DOC-2")
def test_every_tool_has_a_section_in_the_chapter_on_tools_and_one_in_the_api() -> None:
    for name in ("tools.md", "mcp-api-v1.0.md"):
        headings = HEADING.findall(chapter(name))
        assert [tool.name for tool in TOOLS if tool.name not in headings] == []


@pytest.mark.requirement("DOC-2")
def test_the_configuration_chapter_lists_exactly_the_settings_there_are() -> None:
    assert [row.strip("`") for row in rows(SPEC / "configuration.md", "| setting ")][1:] == list(SETTINGS)


@pytest.mark.requirement("DOC-2")
def test_the_configuration_chapter_knows_which_settings_a_project_may_make() -> None:
    lines = [line.split("|") for line in chapter("configuration.md").splitlines() if line.startswith("| `")]
    documented = {cells[1].strip().strip("`"): cells[3].strip() == "yes" for cells in lines}

    assert documented == {name: setting.in_project for name, setting in SETTINGS.items()}


@pytest.mark.requirement("DOC-2")
def test_every_error_code_has_a_row_in_the_chapter_on_errors() -> None:
    documented = rows(SPEC / "errors.md", "| code ")

    assert [code for code in (*STANDARD_CODES, *CODES.values()) if str(code) not in documented] == []


async def counts() -> dict[str, int]:
    return {"running": 1, "completed": 1}


@pytest.mark.requirement("DOC-2")
def test_the_metrics_are_called_as_the_chapter_on_operations_says() -> None:
    metrics = Metrics()
    metrics.watch(counts)
    asyncio.run(metrics.refresh())
    types = {line.split()[2] for line in metrics.text().decode().splitlines() if line.startswith("# TYPE")}
    scraped = {name for name in types if name.startswith("workflowlookup_")}

    assert scraped == set(re.findall(r"`(workflowlookup_\w+)`", chapter("operations.md")))


@pytest.mark.requirement("DOC-3")
def test_every_json_example_parses() -> None:
    blocks = all_fences("json")

    assert blocks
    for fence in blocks:
        parsed(fence)


@pytest.mark.requirement("DOC-3")
@pytest.mark.parametrize("syntax", list(Syntax))
def test_every_workflow_shown_is_valid_without_a_finding(syntax: Syntax) -> None:
    for fence in all_fences(syntax.value, "workflow"):
        (document,) = read(fence.text, syntax).documents
        assert review(document).findings == (), fence.place


@pytest.mark.requirement("DOC-4")
@pytest.mark.parametrize("name", ["valid-workflow.json", "loops.yaml"])
def test_the_valid_examples_have_no_finding(name: str) -> None:
    parsed_file = read((EXAMPLES / name).read_text(encoding="utf-8"), Syntax(name.rpartition(".")[2]))

    assert parsed_file.findings == ()
    assert review(parsed_file.documents[0]).findings == ()


@pytest.mark.requirement("DOC-4")
@pytest.mark.parametrize("name", ["invalid-workflow.json", "invalid-structure.json"])
def test_the_invalid_examples_show_several_different_findings(name: str) -> None:
    (document,) = read((EXAMPLES / name).read_text(encoding="utf-8"), Syntax.JSON).documents
    found = {finding.rule for finding in review(document).findings}

    assert len(found) >= 4
    assert found <= documented_rules()


@pytest.mark.requirement("DOC-2")
def test_the_chapter_on_findings_tells_each_rule_of_the_structure_checks_with_its_severities() -> None:
    lines = [line.split("|") for line in chapter("findings.md").splitlines() if line.startswith("| `")]
    told = {cells[1].strip(" `"): (cells[2].strip(), cells[3].strip()) for cells in lines if len(cells) == 7}

    assert told == {name: (rule.strict.value, rule.older.value) for name, rule in RULES.items()}


@pytest.mark.requirement("DOC-2")
def test_the_chapter_on_findings_knows_every_rule_the_program_can_name() -> None:
    sources = [file for layer in ("schema", "engine", "server/verbs") for file in (ROOT / layer).rglob("*.py")]
    named = {rule for file in sources for rule in NAMED.findall(file.read_text(encoding="utf-8"))}

    assert len(named) >= 20
    assert named <= documented_rules()


@pytest.mark.requirement("DOC-2")
def test_the_chapter_on_the_language_tells_of_every_validator() -> None:
    text = chapter("workflow-language.md")
    section = text[text.index("### Validators") :].split("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]

    assert {name for cell in cells for name in re.findall(r"`([a-z_]+)`", cell)} == set(CHECKS)


@pytest.mark.requirement("DOC-1")
def test_every_link_between_pages_leads_somewhere() -> None:
    dead = []
    for page in PAGES:
        for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
            if target.startswith(("http:", "https:")):
                continue
            goal = (page.parent / target).resolve() if target else page
            text = goal.read_text(encoding="utf-8") if goal.suffix == ".md" and goal.is_file() else ""
            if not goal.exists() or (anchor and anchor not in anchors(text)):
                dead.append(f"{page.relative_to(ROOT)}: {target}#{anchor}")

    assert dead == []


@pytest.mark.requirement("DOC-6")
def test_the_readme_shows_the_lines_the_server_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect_lines, "command", lambda: ["COMMAND"])
    printed = connect_lines.connect_lines(load({}, {"HOME": "/nonexistent"}).settings, "sessions.db").splitlines()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    parts = [part for line in printed[2:] if line for part in re.split(r"\s{3,}", line)]

    assert len(parts) >= 14
    assert [part for part in parts if part not in readme] == []
