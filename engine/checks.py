"""The one table of checks: outputs, evidence fields and whatever else is held against a document's rules use it.

Above: criteria, gates, structure. Below: checks_text, checks_values, check_model.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from engine.check_model import Check
from engine.checks_text import TEXT_CHECKS
from engine.checks_values import VALUE_CHECKS

CHECKS: Final[Mapping[str, Check]] = MappingProxyType({**VALUE_CHECKS, **TEXT_CHECKS})
"""Every check there is, by the name documents use."""
