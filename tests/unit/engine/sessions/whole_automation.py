"""Sessions of automation documents that live, together, through every type of event there is, by fixed scripts.

Above: test_codec. Below: commanded, automatic, parents.
"""

from engine.sessions.task_reading import open_keys
from schema.values import Json, JsonObject
from tests.unit.engine.sessions.automatic import END, add, jump, loop, put, say, when
from tests.unit.engine.sessions.clocked import call, flow, prompt
from tests.unit.engine.sessions.commanded import Commanded, command, ended
from tests.unit.engine.sessions.parents import child, enter, within

TASKS: JsonObject = {"check": {"description": "Look at one.", "steps": [prompt("read"), call("judge")]}}
"""A task of two steps, the second of which may fail."""


def parallel(**keys: Json) -> JsonObject:
    """Give a parallel step over two items."""
    return {"id": "check", "type": "parallel", "items": "state.files", "task": "check", "lease": 30, **keys}


def lives() -> tuple[Commanded, ...]:
    """Give the sessions, each at its end."""
    return _worked(), _tasked(), _late(), _stopped()


def _worked() -> Commanded:
    """Walk, wait, call, run a command, enter a child, be skipped, checked, changed and taken back."""
    body: list[Json] = [
        when("skip", "loop.item == 'b'", [jump("on", "continue")]),
        add("note", "log", "{{ loop.item }}"),
    ]
    play = Commanded(
        workflow=within(
            flow(
                say("hello", "Hello {{ inputs.who }}", long="page"),
                loop("files", body, type="forEach", items="state.files"),
                {"id": "hold", "type": "wait", "signal": "go", "store": "sent"},
                call("charge", onError={"strategy": "retry", "maxRetries": 1, "backoff": {"initial": 5}}),
                put("copy", "paid", '{{ steps["charge"].output }}'),
                command("run-it", repeatable=True, store="ran"),
                enter(outputs={"said": "{{ state.said }}"}),
                prompt("optional", skippable=True),
                END,
                inputs={"who": {"type": "string"}},
                state={"files": ["a", "b"], "log": []},
                computed={"count": {"from": "state.log", "expression": "input.length"}},
            ),
            child=child(prompt("ask", store="said")),
        ),
        given={"who": "Ann"},
    )
    play.checkpoint("before")
    play.signal("go", {"by": "someone"})
    play.fails()
    play.later(5)
    play.report('{"id": 7}')
    play.claim()
    play.later(200)
    play.ran(ended(stdout="fine"))
    play.report("yes", key="sub#0::ask")
    play.update("paid", None)
    play.skip()
    play.report()
    return play


def _tasked() -> Commanded:
    """Hand tasks out, lose one, fail, be retried, be joined."""
    play = Commanded(parallel(onError={"strategy": "fail", "maxRetries": 0}), END, state={"files": [1, 2]}, tasks=TASKS)
    play.report("read", key="check#0::read")
    play.later(40)
    play.report("read", key="check#0::read")
    play.report('{"status": "error"}', key="check#0::judge")
    play.again()
    while keys := open_keys(play.state):
        play.report("{}", key=keys[0])
    play.report()
    return play


def _late() -> Commanded:
    """Run out of time."""
    play = Commanded(END, config={"timeout": 10})
    play.later(10)
    return play


def _stopped() -> Commanded:
    """Be cancelled."""
    play = Commanded(END)
    play.cancel("not needed")
    return play
