"""Every event there is: what a log holds.

Above: evolve, codec, the runner. Below: the families.
"""

from engine.sessions.change_family import ChangeEvent
from engine.sessions.effect_family import EffectEvent
from engine.sessions.flow_family import FlowEvent
from engine.sessions.phase_family import PhaseEvent
from engine.sessions.session_family import SessionEvent
from engine.sessions.step_family import StepEvent
from engine.sessions.task_family import TaskEvent

Event = SessionEvent | PhaseEvent | StepEvent | FlowEvent | ChangeEvent | TaskEvent | EffectEvent
