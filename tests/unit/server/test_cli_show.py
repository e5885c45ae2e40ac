from schema.values import JsonObject
from server.verbs.typed_value import declared
from tests.services import ROOT
from tests.unit.server.conftest import Call
from tests.unit.server.world import World

EXAMPLE = ROOT / "tests" / "examples" / "valid" / "automation.yaml"
SHOWN = """\
inputs:
  order: What was ordered  [object, required]
  limit  [number, 50 when left out]
  note  [string, optional]

steps:
  hello  [message]
"""
BRANCHES = """\
  cases  [if]
    case 1:
      many  [message]
    else:
      few  [message]
"""
TASKS = """\
tasks for sub-agents:
  check-stock: Looks one item up.
  pack
    pack-it: Pack
    pack-more  [parallel]
"""


def test_show_outlines_inputs_branches_failures_and_tasks(call: Call, world: World) -> None:
    flows = world.project / "workflows"
    flows.mkdir(exist_ok=True)
    (flows / "automation.yaml").write_bytes(EXAMPLE.read_bytes())
    said = call("show", "team:order")
    assert said.code == 0
    for part in (SHOWN, BRANCHES, TASKS, "    when it fails:\n      sorry  [message]\n"):
        assert part in said.out


def test_a_type_is_found_wherever_a_step_declares_it() -> None:
    document: JsonObject = {"steps": [{"then": [], "else": [{"produces": {"n": "number"}}]}]}
    assert declared("n", document, None) == "number"
    assert declared("m", document, None) is None
