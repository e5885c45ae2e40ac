"""The tool workflow_validate: an output against the criteria of its step, or a whole document against the language.

Above: tools.table. Below: engine.criteria, engine.review, schema.source.
"""

from typing import Final

from engine import keys
from engine.criteria import validate_output
from engine.definition import PromptStep, Workflow, Workflows
from engine.errors import ArgumentError, StepNotFoundError
from engine.extent import check_context
from engine.library_read import check, kind_of
from engine.review import Review, review
from engine.variables import outermost
from schema.finding import Finding, Severity
from schema.source import Parsed, Syntax, read
from schema.values import Json, JsonObject
from tools.contract import READ_ONLY, Call, Done, Tool

MAX_OUTPUT: Final = 10_000
"""Characters of an output: the original's limit."""
MAX_FINDINGS: Final = 200
"""Findings of a document an answer lists; nobody mends more in one go."""
FORMS: Final = "give workflowId, stepId and output; or workflow alone; or text alone"
INPUT_SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "workflowId": {"type": "string", "description": "With stepId and output: check an output"},
        "stepId": {"type": "string", "description": "Step id or stepKey"},
        "output": {"type": "string", "maxLength": MAX_OUTPUT, "description": "What the step gave"},
        "context": {"type": "object", "description": "Variables for conditions of criteria"},
        "workflow": {"type": "object", "description": "Instead: a workflow document to check"},
        "text": {"type": "string", "description": "Instead: its YAML or JSON source"},
    },
    "required": [],
    "additionalProperties": False,
}
OUTPUT_SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "valid": {"type": "boolean", "description": "No issues"},
        "issues": {"type": "array", "items": {}, "description": "To be changed"},
        "suggestions": {"type": "array", "items": {}, "description": "What to do"},
        "warnings": {"type": "array", "items": {}, "description": "To be looked at"},
        "error": {"type": "object", "description": "If it failed"},
    },
}


def make(library: Workflows) -> Tool:
    """Give the tool over these workflows."""

    def run(arguments: JsonObject, _call: Call) -> Done:
        given = {name for name, value in arguments.items() if value is not None}
        match arguments:
            case {"workflow": dict(document)} if given == {"workflow"}:
                return Done(_document_verdict(review(document)))
            case {"text": str(text)} if given == {"text"}:
                return Done(_text_verdict(text))
            case {"workflowId": str(workflow_id), "stepId": str(step_id), "output": str(output)} if given.isdisjoint(
                _WHOLE
            ):
                workflow = library.entry(workflow_id).workflow
                return Done(_output_verdict(workflow, step_id, output, arguments.get("context")))
        raise _misfit(given)

    return Tool(
        name="workflow_validate",
        title="Validate",
        description="Check a step's output against its criteria, or check a workflow document.",
        input_schema=INPUT_SCHEMA,
        output_schema=OUTPUT_SCHEMA,
        annotations=READ_ONLY,
        run=run,
    )


_WHOLE: Final = frozenset(("workflow", "text"))
_PARTS: Final = ("workflowId", "stepId", "output")


def _misfit(given: set[str]) -> ArgumentError:
    """Name the argument that is missing, or that does not go with the others."""
    whole = max(given & _WHOLE, default=None)
    if whole is not None:
        others = sorted(given - {whole})
        return ArgumentError(others[0], f"it does not go with {whole}; {FORMS}") if others else _odd(whole)
    missing = next((name for name in _PARTS if name not in given), None)
    return ArgumentError(missing, f"it is missing; {FORMS}") if missing is not None else _odd(_PARTS[0])


def _odd(name: str) -> ArgumentError:
    return ArgumentError(name, f"it has the wrong type; {FORMS}")


def _output_verdict(workflow: Workflow, step_id: str, output: str, context: Json) -> JsonObject:
    if len(output) > MAX_OUTPUT:
        raise ArgumentError("output", f"it has {len(output)} characters; at most {MAX_OUTPUT} are allowed")
    step = (workflow.places.get(step_id) or keys.read(step_id, workflow).place).step
    if not isinstance(step, PromptStep):
        raise StepNotFoundError(step_id, workflow.id, "it names a loop, which has no output; name a step of its body")
    names = context if isinstance(context, dict) else {}
    warnings = check_context(names)
    verdict = validate_output(step.criteria, output, outermost(names, is_strict=workflow.is_strict))
    return _answer(list(verdict.issues), list(verdict.suggestions), [*warnings, *verdict.warnings])


def _text_verdict(text: str) -> JsonObject:
    syntax = Syntax.JSON if text.lstrip().startswith(("{", "[")) else Syntax.YAML
    parsed = read(text, syntax)
    if not parsed.findings and len(parsed.documents) == 1:
        document = parsed.documents[0]
        return _document_verdict(check(document, kind_of(document.value, syntax), ""))
    return _document_verdict(Review(None, _unreadable(parsed)))


def _unreadable(parsed: Parsed) -> tuple[Finding, ...]:
    """Say why a text is not one document."""
    if parsed.findings:
        return parsed.findings
    message = f"the text holds {len(parsed.documents)} documents"
    return (Finding(Severity.CRITICAL, "one-document", message, "", 1, 1, "send one workflow at a time"),)


def _document_verdict(checked: Review) -> JsonObject:
    critical = [each for each in checked.findings if each.severity is Severity.CRITICAL][:MAX_FINDINGS]
    others = [each for each in checked.findings if each.severity is not Severity.CRITICAL][:MAX_FINDINGS]
    advice = dict.fromkeys(_advice(each) for each in (*critical, *others) if each.suggestion)
    return _answer([each.as_json() for each in critical], list(advice), [each.as_json() for each in others])


def _advice(finding: Finding) -> str:
    return f"{finding.pointer or 'document'}: {finding.suggestion}"


def _answer(issues: list[Json], suggestions: list[Json], warnings: list[Json]) -> JsonObject:
    answer: JsonObject = {"valid": not issues, "issues": issues, "suggestions": suggestions}
    if warnings:
        answer["warnings"] = warnings
    return answer
