"""Session files as the earlier tool wrote them, both shapes; tests change a key or two.

Above: tests of the import. Below: nothing of ours.
"""

from typing import Final

from schema.values import Json, JsonObject

OLD: Final = "0f8fad5b-d9cb-469f-a165-70867728950e"
NINE: Final = 1_767_258_000.0  # 2026-01-01T09:00:00Z


def shape_a(**changes: Json) -> JsonObject:
    """Give a session file of the first shape, in its third phase."""
    return {
        "session_id": OLD,
        "workflow_type": "phased",
        "target_file": "src/app.py",
        "current_phase": 2,
        "completed_phases": [0, 1],
        "phase_artifacts": {
            "0": {
                "phase_number": 0,
                "evidence": {"summary": "looked"},
                "outputs": {"files": 3},
                "commands_executed": [],
                "timestamp": "2026-01-01T10:00:00",
            },
            "1": {"phase_number": 1, "evidence": {"tests": 7}, "timestamp": "2026-01-01T11:30:00.500000"},
        },
        "checkpoints": {"0": "passed", "1": "passed", "2": "pending"},
        "created_at": "2026-01-01T09:00:00",
        "updated_at": "2026-01-01T11:30:01",
        "metadata": {"who": "me"},
        **changes,
    }


def shape_b(**changes: Json) -> JsonObject:
    """Give a session file of the second shape, paused in its second phase."""
    return {
        "session_id": OLD,
        "workflow_type": "phased",
        "target_file": "src/app.py",
        "current_phase": 1,
        "total_phases": 3,
        "completed_phases": [0],
        "session_status": "paused",
        "created_at": "2026-01-01T09:00:00+00:00",
        "last_updated": "2026-01-01T12:00:00Z",
        "paused_at": "2026-01-01T12:00:00Z",
        "artifacts": {"phase_0": {"summary": "looked"}},
        "evidence": {"0": {"summary": "looked"}, "1": {"draft": True}},
        "options": {"depth": 2},
        "phase_history": [{"phase": 0, "attempt": 1, "completed_at": "2026-01-01T10:00:00Z", "status": "completed"}],
        "errors": [{"phase": 1, "timestamp": "2026-01-01T11:00:00Z", "message": "no tests"}],
        "checkpoint_note": "lunch",
        "_version": 4,
        **changes,
    }
