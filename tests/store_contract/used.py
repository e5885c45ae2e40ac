"""A store as it is after some use: sessions begun, finished, deleted, by our own runner.

Above: tests of archives and of verification. Below: the runner of the unit tests.
"""

from pathlib import Path

from engine.store.port import Store
from tests.unit.engine.flows import document, prompt
from tests.unit.engine.running import BY, Running, moved

FLOW = document(prompt("one"), prompt("two"))


async def used(store: Store) -> list[str]:
    """Use a store: two sessions of one document, one of them finished, and one that was deleted."""
    world = Running(Path.cwd(), FLOW, store=store)
    names = []
    for number in range(3):
        session = await world.runner.begin("flow", f"src/{number}.py", {}, BY)
        names.append(session.state.session_id)
    await moved(world.runner, names[0], "one", 'Ünïcödé " 漢字')
    await moved(world.runner, names[0], "two")
    await moved(world.runner, names[1], "one")
    await world.runner.delete(names[2], "a try", "operator")
    return names[:2]
