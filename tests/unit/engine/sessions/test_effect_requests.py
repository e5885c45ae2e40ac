"""Commands as they are asked for: what is resolved, what the operator allows, what no program can be given."""

import pytest

from engine.sessions.effect_model import NO_COMMANDS, CommandRules
from engine.sessions.effect_requests import MAX_TEXT
from engine.sessions.model import Effect, Status, WaitKind
from schema.values import Json, JsonObject
from tests.unit.engine.sessions.clocked import BEGAN, names, prompt
from tests.unit.engine.sessions.commanded import RULES, Commanded, command, line


def failure(play: Commanded) -> str:
    """Give why the session failed."""
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    assert play.state.cause.error_type == "CommandError"
    return play.state.cause.message


def test_a_command_is_asked_for_with_all_of_it_resolved() -> None:
    step = command(
        run=[
            "tool",
            "--of",
            "{{ inputs.name }}",
            "{{ state.count }}",
            "{{ state.names }}",
            "{{ state.nothing ?? null }}",
        ],
        cwd="sub/{{ state.count }}",
        env={"NAME": "{{ inputs.name }}!", "YES": "{{ true }}"},
        parse="lines",
        repeatable=True,
        timeout=5,
    )
    named: JsonObject = {"name": {"type": "string"}}
    play = Commanded(step, given={"name": "x; rm -rf /"}, state={"count": 3, "names": ["a", "b"]}, inputs=named)
    assert play.effect == Effect(
        id="run-it",
        key="run-it",
        attempt=1,
        words=("tool", "--of", "x; rm -rf /", "3", '["a","b"]', ""),
        line="",
        cwd="sub/3",
        env={"NAME": "x; rm -rf /!", "YES": "true"},
        timeout=5.0,
        parse="lines",
        repeatable=True,
    )
    waiting = play.state.waiting
    assert (play.state.status, waiting and waiting.kind, play.key) == (Status.WAITING, WaitKind.COMMAND, "run-it")


def test_a_text_is_split_into_words_before_its_templates_are_filled() -> None:
    play = Commanded(command(run="tool 'two words' {{ state.name }}"), state={"name": "a b"})
    assert play.effect.words == ("tool", "two words", "a b")


@pytest.mark.parametrize(("keys", "seconds"), [({}, 60.0), ({"timeout": 7}, 7.0), ({"timeout": 900}, 30.0)])
def test_a_command_may_not_take_longer_than_its_step_or_its_workflow(keys: JsonObject, seconds: float) -> None:
    limit = 30 if keys.get("timeout") == 900 else 100
    assert Commanded(command(**keys), config={"timeout": limit}).effect.timeout == seconds


def test_without_a_limit_of_its_own_a_command_ends_with_its_workflow() -> None:
    assert Commanded(command(), config={"timeout": 10}).effect.timeout == 10.0


@pytest.mark.parametrize(
    ("rules", "sources", "words"),
    [
        (NO_COMMANDS, ("project",), "command_sources"),
        (RULES, (), "begin a new one"),
        (RULES._replace(workspace="/elsewhere"), ("project",), "another workspace"),
        (RULES, ("bundled", "project"), "source bundled may not run commands"),
        (RULES._replace(programs=frozenset(("git",))), ("project",), "'tool' is not allowed"),
        (RULES._replace(programs=frozenset(("/usr/bin/tool",))), ("project",), "'tool' is not allowed"),
    ],
    ids=["off", "no source", "workspace", "source", "program", "path"],
)
@pytest.mark.requirement("AC-SP-014")
def test_what_the_operator_does_not_allow_fails_the_step_and_is_not_tried_again(
    rules: CommandRules, sources: tuple[str, ...], words: str
) -> None:
    again: JsonObject = {"strategy": "retry", "maxRetries": 5}
    play = Commanded(command(onError=again), rules=rules, sources=sources)
    assert words in failure(play)
    assert "CommandRequested" not in names(tuple(event for event, _ in play.log))


def test_a_refused_command_is_a_failure_as_any_other() -> None:
    play = Commanded(command(onError={"strategy": "fallback", "fallbackValue": 7}, store="x"), rules=NO_COMMANDS)
    assert (play.state.status, play.state.variables) == (Status.COMPLETED, {"x": 7})


def test_a_shell_line_is_kept_as_it_is_and_its_values_are_variables() -> None:
    step = line("grep {{ state.what }} *.md | head -{{ state.most }} # '{{ state.what }}'", env={"A": "1"})
    effect = Commanded(step, state={"what": "'; rm -rf /; '", "most": 3}).effect
    assert effect.words == ()
    assert effect.line == """grep "${WF_1}" *.md | head -"${WF_2}" # '"${WF_3}"'"""
    assert effect.env == {"A": "1", "WF_1": "'; rm -rf /; '", "WF_2": "3", "WF_3": "'; rm -rf /; '"}


def test_a_shell_line_without_values_stays_as_it_is() -> None:
    assert Commanded(line("ls | wc -l")).effect.line == "ls | wc -l"


def test_a_shell_line_runs_only_where_the_operator_allows_lines() -> None:
    assert "allow_shell_lines" in failure(Commanded(line("ls | wc"), rules=RULES._replace(lines=frozenset())))
    assert Commanded(line("ls | wc"), rules=RULES._replace(programs=frozenset())).open == ["run-it"]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"run": ["tool", "{{ state.gone.far }}"]}, "run cannot be resolved"),
        ({"cwd": "{{ state.gone.far }}"}, "cwd cannot be resolved"),
        ({"env": {"A": "{{ state.gone.far }}"}}, "env/A cannot be resolved"),
        ({"env": {"PATH": "/x"}}, "may not set PATH"),
        ({"env": {"LD_PRELOAD": "x"}}, "may not set LD_PRELOAD"),
        ({"run": ["tool", "{{ state.nul }}"]}, "NUL"),
        ({"run": ["tool", "{{ state.long }}"]}, f"may have {MAX_TEXT}"),
        ({"run": ["tool", *["x"] * 1000]}, "1001 words"),
    ],
    ids=["word", "cwd", "env", "path", "loader", "nul", "long", "many"],
)
def test_what_cannot_be_run_fails_the_step(keys: JsonObject, words: str) -> None:
    state: JsonObject = {"nul": "a\0b", "long": "x" * MAX_TEXT}
    step = command(**keys) if "run" in keys else command(run="tool", **keys)
    assert words in failure(Commanded(step, state=state))


def test_half_a_character_is_no_text_for_a_program() -> None:
    assert "half a character" in failure(
        Commanded(command(run=["tool", "{{ state.half }}"]), state={"half": "a\ud800"})
    )


def test_a_template_that_cannot_be_filled_is_tried_again_where_the_step_says_so() -> None:
    play = Commanded(command(run=["tool", "{{ state.gone.far }}"], onError={"strategy": "retry", "maxRetries": 1}))
    assert play.state.status is Status.WAITING
    assert play.due() == 1.0
    play.update("gone", {"far": "x"})
    play.later(1.0)
    assert play.effect.words == ("tool", "x")
    assert play.effect.id == "run-it+1"


def test_a_command_in_a_branch_of_a_phase_enters_it() -> None:
    value: Json = [command()]
    play = Commanded({"id": "choose", "type": "if", "condition": "true", "then": value})
    assert (play.key, play.state.phase) == ("run-it", 1)
    assert play.now == BEGAN


def test_a_shell_line_whose_value_no_quotes_hold_fails_and_says_what_to_do() -> None:
    play = Commanded(line("echo $(( {{ state.a }} + 1 ))"), state={"a": "a[$(id)]"})
    assert "name={{ ... }}" in failure(play)


def test_a_shell_line_in_a_store_is_the_one_its_step_asks_for() -> None:
    play = Commanded(line("echo {{ state.a }} | cat"), prompt("next"), state={"a": "b"})
    assert names(play.ran()) == ["EffectClaimed", "EffectFinished", "StepOpened"]
