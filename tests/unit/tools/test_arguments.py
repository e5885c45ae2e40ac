import pytest

from schema.values import JsonObject
from tools.arguments import Arguments, BadArguments

RULES = Arguments(
    {
        "type": "object",
        "properties": {
            "id": {"type": "string", "description": "Which workflow"},
            "context": {"type": "object", "description": "All variables known so far"},
            "mode": {"type": "string", "enum": ["metadata", "full"], "description": "How much to give"},
        },
        "required": ["id"],
        "additionalProperties": False,
    }
)


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ({"id": "a", "context": []}, BadArguments("'context' must be an object, not an empty list", "context")),
        ({}, BadArguments("this object has no 'id'; add the key 'id': Which workflow", "")),
        ({"id": "a", "mod": "x"}, BadArguments("this object has no key named 'mod'; did you mean 'mode'?", "mod")),
        (
            {"id": "a", "zzz": 1},
            BadArguments("this object has no key named 'zzz'; its keys are id, context, mode", "zzz"),
        ),
        (
            {"id": "a", "mode": "ful"},
            BadArguments('\'mode\' must be one of "metadata", "full", not "ful"; did you mean \'full\'?', "mode"),
        ),
        ({"id": "a", "mode": "x"}, BadArguments('\'mode\' must be one of "metadata", "full", not "x"', "mode")),
    ],
)
def test_a_bad_argument_is_told_with_advice_only_where_there_is_some(
    arguments: JsonObject, wrong: BadArguments
) -> None:
    assert RULES.prepare(arguments) == wrong
