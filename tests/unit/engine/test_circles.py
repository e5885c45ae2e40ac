from engine.circles import circle, reached


def test_a_way_that_leads_back_is_the_shortest() -> None:
    leads = {"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": ["b", "a"]}
    assert circle("a", leads) == ("a", "b", "d")
    assert circle("b", leads) == ("b", "d")


def test_names_that_lead_nowhere_lead_not_back() -> None:
    leads: dict[str, list[str]] = {"a": ["b", "c"], "b": ["c"], "c": []}
    assert circle("a", leads) == ()
    assert reached("a", leads) == {"b", "c"}
    assert reached("c", leads) == frozenset()
