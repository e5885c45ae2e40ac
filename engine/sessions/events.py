"""Every event there is: what a log holds.

Above: evolve, codec, the runner. Below: the families.
"""

from engine.sessions.flow_family import FlowEvent
from engine.sessions.phase_family import PhaseEvent
from engine.sessions.session_family import SessionEvent
from engine.sessions.step_family import StepEvent

Event = SessionEvent | PhaseEvent | StepEvent | FlowEvent
