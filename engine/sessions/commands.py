"""Every command there is: what may be asked of a session.

Above: decide, the runner. Below: the families.
"""

from engine.sessions.change_family import ChangeCommand
from engine.sessions.effect_family import EffectCommand
from engine.sessions.phase_family import PhaseCommand
from engine.sessions.session_family import SessionCommand
from engine.sessions.step_family import StepCommand

Command = SessionCommand | PhaseCommand | StepCommand | ChangeCommand | EffectCommand
