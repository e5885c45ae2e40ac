import pytest

from engine.errors import ArgumentError
from engine.extent import MAX_BYTES, MAX_DEPTH, check_context
from schema.values import Json, JsonObject, is_deeper


def nested(depth: int) -> Json:
    value: Json = []
    for level in range(depth - 1):
        value = [value] if level % 2 else {"a": value}
    return value


def sized(size: int, filler: str = "x", each: int = 1) -> JsonObject:
    """Give a context of exactly `size` bytes; `filler` takes `each` bytes."""
    return {"a": filler * ((size - 8) // each)}


def test_a_small_context_is_accepted_without_a_word() -> None:
    assert check_context({}) == ()
    assert check_context({"a": [1, {"b": None}]}) == ()
    assert check_context(sized(int(MAX_BYTES * 0.8) - 1)) == ()


def test_a_warning_comes_at_eighty_percent() -> None:
    assert "209720 bytes" in check_context(sized(209_720))[0]
    assert check_context(sized(MAX_BYTES)) != ()


def test_a_context_beyond_the_limit_is_refused() -> None:
    with pytest.raises(ArgumentError) as refused:
        check_context(sized(MAX_BYTES + 1))
    assert refused.value.path == "context"


@pytest.mark.parametrize(("filler", "size"), [("é", 2), ("😀", 4), ("\n", 2), ("\ud800", 3)])
def test_size_is_counted_in_bytes_of_json(filler: str, size: int) -> None:
    check_context(sized(MAX_BYTES, filler, size))
    with pytest.raises(ArgumentError):
        check_context({"a": filler * (MAX_BYTES // size)})


def test_depth_is_limited() -> None:
    assert check_context({"a": nested(MAX_DEPTH - 1)}) == ()
    with pytest.raises(ArgumentError):
        check_context({"a": nested(MAX_DEPTH)})
    with pytest.raises(ArgumentError):
        check_context({"a": nested(5000)})


@pytest.mark.parametrize("depth", [1, 2, 7])
def test_depth_is_counted_in_objects_and_lists(depth: int) -> None:
    assert not is_deeper(nested(depth), depth)
    assert is_deeper(nested(depth + 1), depth)
    assert not is_deeper("text", 1)
