"""A session that lives through every type of event there is, by a fixed script.

Above: test_codec. Below: play.
"""

from engine.sessions.codes import hashed
from engine.sessions.session_family import IssueCode
from schema.values import JsonObject
from tests.unit.engine.flows import each, loop, phase, phased, prompt
from tests.unit.engine.sessions.play import APPROVE, OVERRIDE, REJECT, Play

GATE: JsonObject = {"evidence": {"ok": {"type": "boolean", "required": True}}, "allowOverride": True}
SALT = "0123456789abcdef" * 2
RISKY: JsonObject = {"var": "risky", "equals": True}


def scripted() -> Play:
    """Live through every type of event."""
    play = Play(
        phased(
            phase(0, prompt("plan", requireConfirmation=RISKY), gate=GATE),
            phase(1, prompt("never", runCondition=RISKY)),
            phase(2, loop("each-file", each("files"), [prompt("write")]), prompt("check", evidence=GATE)),
            phase(3, prompt("ship", runCondition={"var": "ready"}, irreversible=True), gate=GATE),
        ),
        {"risky": True},
    )
    play.report("")
    play.report("Made a plan.")
    play.report("Made a plan.", approval=REJECT)
    play.report("Made a better plan.")
    play.do(IssueCode(SALT, hashed("ABCD2345", SALT)))
    play.report("Made a better plan.", approval=APPROVE, code="WRONG234")
    play.report("Made a better plan.", approval=APPROVE, code="ABCD2345", risky=False)
    play.now += 60
    play.complete({})
    play.retry(reset=True)
    play.complete({"ok": 1}, approval=OVERRIDE)
    play.pause("lunch")
    play.now += 3600
    play.resume()
    play.report(None, files=["a.py", "b.py"])
    play.report("Wrote a.py.")
    play.report("Wrote b.py.", ready=True)
    play.report("Checked.", evidence={"ok": 2})
    play.report("Checked.", evidence={"ok": True})
    play.report("Shipped.")
    play.report(None, evidence={"ok": True})
    play.roll_back(3, "shipped the wrong branch")
    return play
