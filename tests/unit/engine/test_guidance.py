from engine.guidance import MAX_UNSENT, answer, unsent
from engine.walk import next_step
from schema.values import Json, JsonObject
from tests.unit.engine.flows import each, flow, loop, prompt, times, until


def answered(*steps: Json, done: tuple[str, ...] = (), **context: Json) -> JsonObject:
    workflow = flow(*steps)
    return answer(workflow, next_step(workflow, done, context), context)


def guidance(*steps: Json, done: tuple[str, ...] = (), **context: Json) -> JsonObject:
    found = answered(*steps, done=done, **context)["guidance"]
    assert isinstance(found, dict)
    return found


def test_the_prompt_is_role_guidance_prompt_and_loop_in_that_order() -> None:
    step = prompt("aaa", agentRole="You are {{who}}.", guidance=["Mind {{item}}.", "Be brief."], prompt="Do {{item}}.")
    found = guidance(loop("rep", each("files", itemVar="item"), [step]), who="careful", files=["a.py", "b.py"])
    assert found["prompt"] == (
        "Role: You are careful.\n\n"
        "Guidance:\n- Mind a.py.\n- Be brief.\n\n"
        "Do a.py.\n\n"
        'Loop "Title of rep" (rep): pass 1 of 2, item = a.py'
    )


def test_a_step_without_role_and_guidance_is_its_prompt_alone() -> None:
    assert guidance(prompt("one", guidance=[]))["prompt"] == "Do one."


def test_each_loop_around_a_step_has_its_line() -> None:
    inner = loop("inner", until({"var": "x"}), [prompt("aaa")])
    found = guidance(loop("outer", times(500, maxIterations=3), [inner]))
    assert str(found["prompt"]).splitlines()[2:] == [
        'Loop "Title of outer" (outer): pass 1 of 3',
        'Loop "Title of inner" (inner): pass 1',
    ]


def test_a_long_item_is_shortened_in_the_loop_line_only() -> None:
    found = answered(loop("rep", each("files"), [prompt("aaa")]), files=["x" * 500])
    assert isinstance(found["guidance"], dict)
    assert isinstance(found["context"], dict)
    assert str(found["guidance"]["prompt"]).endswith("currentItem = " + "x" * 200 + "...")
    assert found["context"]["currentItem"] == "x" * 500


def test_a_prompt_that_is_one_template_is_shown_as_text() -> None:
    assert guidance(prompt("one", prompt="{{plan}}"), plan={"n": 1})["prompt"] == '{"n":1}'


def test_the_answer_holds_what_the_contract_names() -> None:
    step = prompt("one", modelHint="heavy")
    assert answered(step, note="x") == {
        "step": step,
        "stepKey": "one",
        "guidance": {
            "prompt": "Do one.",
            "modelHint": "heavy",
            "requiresConfirmation": False,
            "validationCriteria": [],
        },
        "isComplete": False,
        "context": {"note": "x"},
        "progress": {"done": 0, "total": 1, "percent": 0},
    }


def test_a_complete_run_says_so() -> None:
    assert answered(prompt("one"), done=("one",)) == {
        "step": None,
        "guidance": {
            "prompt": "The workflow 'Flow' is complete: nothing is left to do.",
            "requiresConfirmation": False,
            "validationCriteria": [],
        },
        "isComplete": True,
        "context": {},
        "progress": {"done": 1, "total": 1, "percent": 100},
    }


def test_a_run_that_waits_names_variables_values_and_steps() -> None:
    steps = (
        prompt("one", runCondition={"var": "size", "in": ["M", "L"]}),
        prompt("two", runCondition={"var": "size", "equals": "L"}),
        prompt("six", runCondition={"var": "count", "gt": 3}),
    )
    found = answered(*steps)
    assert (found["step"], found["isComplete"]) == (None, False)
    assert isinstance(found["guidance"], dict)
    assert found["guidance"]["missing"] == [
        {"variable": "size", "values": ["M", "L"], "steps": ["one", "two"]},
        {"variable": "count", "steps": ["six"]},
    ]
    assert "size, count" in str(found["guidance"]["prompt"])


def test_missing_names_what_templates_and_requires_lack() -> None:
    step = prompt("one", prompt="{{a}} {{b}} {{c}}", requires={"b": "string", "d": "string", "c": "string"})
    found = guidance(step, c=1)
    assert found["missing"] == [{"variable": name, "steps": ["one"]} for name in ("b", "d", "a")]


def test_criteria_are_shown_as_a_list() -> None:
    rule: JsonObject = {"type": "contains", "value": "a", "message": "m"}
    assert guidance(prompt("one", validationCriteria=[rule]))["validationCriteria"] == [rule]
    assert guidance(prompt("one", validationCriteria={"not": rule}))["validationCriteria"] == [{"not": rule}]


def test_confirmation_is_asked_for_as_the_document_says() -> None:
    risky: JsonObject = {"var": "risk", "equals": "high"}
    assert guidance(prompt("one", requireConfirmation=True))["requiresConfirmation"] is True
    assert guidance(prompt("one", requireConfirmation=risky), risk="High")["requiresConfirmation"] is True
    assert guidance(prompt("one", requireConfirmation=risky))["requiresConfirmation"] is False


def test_a_loop_that_wants_confirmation_asks_once_at_its_first_step() -> None:
    rep = loop("rep", times(2), [prompt("aaa"), prompt("bbb")], requireConfirmation=True)
    assert guidance(rep)["requiresConfirmation"] is True
    assert guidance(rep, done=("rep@0::aaa",))["requiresConfirmation"] is False


def test_inner_loop_variables_cover_outer_ones_of_the_same_name() -> None:
    inner = loop("inner", each("currentItem"), [prompt("aaa")])
    found = answered(loop("outer", each("teams"), [inner]), teams=[["a"], ["b", "c"]], kept=1, done=("outer@0::inner",))
    assert found["context"] == {
        "teams": [["a"], ["b", "c"]],
        "kept": 1,
        "currentIteration": 1,
        "currentItem": "b",
        "currentIndex": 0,
    }


def test_warnings_of_the_walk_and_the_caller_are_joined() -> None:
    workflow = flow(loop("rep", times(2, maxIterations=1), [prompt("aaa")]))
    found = answer(workflow, next_step(workflow, ("rep@0::aaa",), {}), {}, ("large",))
    assert found["warnings"] == ["large", "loop rep ended: it reached its maxIterations, 1"]


def test_a_variable_that_a_done_step_produces_and_nobody_sent_is_warned_of() -> None:
    workflow = flow(
        prompt("gates", produces={"green": "boolean", "count": "integer"}),
        loop("rep", times(2), [prompt("aaa", produces={"item": "string"})]),
        prompt("last", produces={"end": "string"}),
    )
    done = ("gates", "rep@0::aaa", "rep@1::aaa")
    assert unsent(workflow, done, {"count": 0, "green": None}) == (
        "step gates is done and produces 'green', but context has no 'green'",
        "step aaa is done and produces 'item', but context has no 'item'",
    )
    assert unsent(workflow, done, {"count": 0, "green": False, "item": "x"}) == ()
    assert unsent(flow(prompt("one")), ("one",), {}) == ()


def test_many_forgotten_variables_are_counted_behind_the_first() -> None:
    names: JsonObject = {f"name{number}": "string" for number in range(MAX_UNSENT + 3)}
    warnings = unsent(flow(prompt("one", produces=names)), ("one",), {})
    assert len(warnings) == MAX_UNSENT + 1
    assert warnings[-1] == "3 more produced variables are not in context"
