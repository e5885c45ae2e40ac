import time

import pytest

from engine import javascript
from engine.javascript import ATTEMPTS, Interpreter, ScriptError

ECHO = "() => { const made = Function; return (text) => made(text)(); }"
KEPT = ("Object", "Array", "String", "undefined")


def fresh() -> Interpreter:
    return Interpreter(ECHO, KEPT)


class Stopping:
    """A context's function that is stopped for its time the first few times."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.calls = 0

    def __call__(self, *_arguments: object) -> bool:
        self.calls += 1
        if self.calls <= self.left:
            raise javascript._failures()[0]("InternalError: interrupted")
        return True


def test_a_program_is_called_with_what_it_is_given() -> None:
    run = fresh()
    assert run.call("return 'a' + 1") == "a1"
    assert run.call("return undefined") is None


@pytest.mark.parametrize(
    "text",
    [
        "Object.prototype.x = 1",
        "'use strict'; Array.prototype.map = null",
        "Object.defineProperty([].values().__proto__, 'next', {value: 1})",
        "'use strict'; (/a/).__proto__.test = 1",
        "'use strict'; (function* () {}).__proto__.prototype.next = 1",
        "'use strict'; ''.matchAll(/a/g).__proto__.next = 1",
        "Object.assign(Object.prototype, {y: 1})",
    ],
)
def test_what_a_context_holds_cannot_be_changed(text: str) -> None:
    run = fresh()
    with pytest.raises(ScriptError) as refused:
        run.call(f"'use strict'; {text}; return 'done'")
    assert refused.value.limit == ""
    assert run.call("return typeof ({}).x + typeof ({}).y") == "undefinedundefined"


@pytest.mark.parametrize("name", ["Date", "eval", "Function", "Promise", "performance", "globalThis", "Proxy"])
def test_globals_that_are_not_kept_are_gone(name: str) -> None:
    assert fresh().call(f"return typeof {name}") == "undefined"


@pytest.mark.parametrize("made", ["(() => 1)", "(function* () {})", "(async () => 1)", "(async function* () {})"])
def test_no_function_leads_to_the_maker_of_functions(made: str) -> None:
    assert fresh().call(f"return {made}.constructor === Object || {made}.constructor === undefined") is True


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("for (;;);", "time"),
        ("return 'a'.repeat(1e8)", "memory"),
        ("return Array(1e6).fill(0).map((x, i) => ({i})).length", "memory"),
        ("const f = () => f(); return f()", "memory"),
    ],
)
def test_a_limit_ends_the_call_and_the_next_one_has_a_fresh_context(text: str, limit: str) -> None:
    run = fresh()
    started = time.thread_time()
    with pytest.raises(ScriptError) as refused:
        run.call(text)
    assert refused.value.limit == limit
    assert time.thread_time() - started < 2
    assert run.call("return 'still here'") == "still here"


def test_a_call_stopped_for_the_work_of_other_threads_runs_again(monkeypatch: pytest.MonkeyPatch) -> None:
    run, function = fresh(), Stopping(ATTEMPTS - 1)
    monkeypatch.setattr(Interpreter, "_ready", lambda _self: function)
    monkeypatch.setattr(time, "thread_time", lambda: 0.0)
    assert run.call("") is True
    assert function.calls == ATTEMPTS


def test_a_call_that_is_stopped_each_time_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    run, function = fresh(), Stopping(ATTEMPTS + 1)
    monkeypatch.setattr(Interpreter, "_ready", lambda _self: function)
    monkeypatch.setattr(time, "thread_time", lambda: 0.0)
    with pytest.raises(ScriptError) as refused:
        run.call("")
    assert refused.value.limit == "time"
    assert function.calls == ATTEMPTS


def test_memory_that_others_filled_is_no_reason_to_refuse() -> None:
    keeping = "() => { const kept = []; return (size) => { kept.push('x'.repeat(+size)); return kept.length; }; }"
    run = Interpreter(keeping, ("String", "Number"))
    assert [int(str(run.call("3000000"))) for _ in range(4)] == [1, 2, 1, 2]
