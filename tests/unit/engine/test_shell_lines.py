import pytest

from engine.shell_lines import UnclosedQuoteError, hand_over, plain_words
from schema.values import Json, JsonObject


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ls", ("ls",)),
        ("  git   log\t-n 3 ", ("git", "log", "-n", "3")),
        ("echo 'a b' \"c d\" e'f'g", ("echo", "a b", "c d", "efg")),
        (r"echo a\ b \"c\"", ("echo", "a b", '"c"')),
        (r'echo "a\"b" "c\d" "e\$f"', ("echo", 'a"b', r"c\d", "e$f")),
        ("echo '$HOME' '*' '|'", ("echo", "$HOME", "*", "|")),
        ("echo ''", ("echo", "")),
        ("echo a#b c~d", ("echo", "a#b", "c~d")),
        ("find . -name '*.py' -exec wc {} +", ("find", ".", "-name", "*.py", "-exec", "wc", "{}", "+")),
        ("cat {{ inputs.a b }}", ("cat", "{{ inputs.a b }}")),
        ("cat '{{ inputs.x }}'/{{ this.n + '|' }}.txt", ("cat", "{{ inputs.x }}/{{ this.n + '|' }}.txt")),
        (r"echo \{{ stays }}", ("echo", r"\{{", "stays", "}}")),
        ("env A=1 make", ("env", "A=1", "make")),
    ],
)
def test_a_line_without_shell_syntax_is_its_words(line: str, words: tuple[str, ...]) -> None:
    assert plain_words(line) == words


@pytest.mark.parametrize(
    "line",
    [
        "a | b", "a && b", "a; b", "a > b", "a < b", "(a)", "echo $HOME", "echo `date`", 'echo "$HOME"',
        'echo "`date`"',
        "ls *.py", "ls a?", "ls [ab]", "a\nb", "cd src", "export A=1", "A=1 make", "# nothing", "echo # nothing",
        "cat ~/x", "if true", ". ./env", "",
    ],
)  # fmt: skip
def test_a_line_with_shell_syntax_needs_a_shell(line: str) -> None:
    assert plain_words(line) is None


@pytest.mark.parametrize("line", ["echo 'a", 'echo "a', "echo a\\"])
def test_a_line_that_does_not_end_has_no_words(line: str) -> None:
    with pytest.raises(UnclosedQuoteError):
        plain_words(line)


def shell(**keys: Json) -> JsonObject:
    """Give a step with a shell line."""
    return {"type": "command", "id": "run", "shellLine": "a | b", **keys}


def prompt_of(step: JsonObject) -> JsonObject:
    """Give the step a session gets for this one."""
    handed = hand_over({"steps": [step]})["steps"]
    assert isinstance(handed, list)
    first = handed[0]
    assert isinstance(first, dict)
    return first


def test_a_line_that_may_not_run_is_a_prompt_with_the_result_a_command_would_have() -> None:
    step = prompt_of(
        shell(title="Count", store="state.n", timeout=5, cwd="src", env={"A": "1"}, runCondition="state.x")
    )
    assert step["type"] == "prompt"
    assert (step["id"], step["title"], step["store"]) == ("run", "Count", "state.n")
    assert (step["timeout"], step["runCondition"]) == (5, "state.x")
    assert "in the folder src of the workspace" in str(step["prompt"])
    assert "```sh\na | b\n```" in str(step["prompt"])
    assert step["expect"] == {
        "type": "object",
        "required": ["exitCode", "stdout"],
        "properties": {
            "exitCode": {"type": "integer", "const": 0},
            "stdout": {"type": "string"},
            "stderr": {"type": "string"},
        },
    }


@pytest.mark.parametrize(("parse", "schema"), [("lines", {"type": "array", "items": {"type": "string"}}), ("json", {})])
def test_what_the_output_is_parsed_as_is_asked_of_the_agent(parse: str, schema: Json) -> None:
    expect = prompt_of(shell(parse=parse))["expect"]
    assert isinstance(expect, dict)
    properties = expect["properties"]
    assert isinstance(properties, dict)
    assert expect["required"] == ["exitCode", "stdout", "data"]
    assert properties["data"] == schema


def test_a_failure_that_may_be_is_reported_as_it_is() -> None:
    step = prompt_of(shell(onError={"strategy": "continue"}))
    assert "If it fails, report that as it is." in str(step["prompt"])
    assert "'exitCode': {'type': 'integer'}" in str(step["expect"])


def test_a_fallback_is_reported_in_the_place_of_a_failure() -> None:
    step = prompt_of(shell(onError={"strategy": "fallback", "fallbackValue": {"stdout": "{{ state.x }}"}}))
    assert 'report instead: {"stdout": "{{ state.x }}"}' in str(step["prompt"])


def test_lines_are_handed_over_wherever_steps_stand() -> None:
    document: JsonObject = {
        "phases": [{"tasks": [shell()]}],
        "tasks": {"check": {"steps": [shell()]}, "steps": {"prompt": "P"}},
        "steps": [
            {"type": "if", "then": [shell()], "else": [shell()], "cases": [{"when": "x", "then": [shell()]}]},
            {"type": "loop", "body": [shell()]},
            {"type": "call", "onError": {"then": [shell()]}},
        ],
        "state": {"steps": [shell()]},
    }
    handed = hand_over(document)
    assert str(handed).count("shellLine") == 1
    assert handed["state"] is document["state"]
    assert str(document).count("shellLine") == 8


def test_a_document_without_lines_stays_the_same_object() -> None:
    document: JsonObject = {"steps": [{"type": "command", "run": ["ls"]}], "tasks": {"a": {"steps": []}}}
    assert hand_over(document) is document
