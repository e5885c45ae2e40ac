from schema.finding import Finding, Severity


def test_finding_as_json_carries_every_part_that_is_there() -> None:
    finding = Finding(Severity.MAJOR, "rule-name", "what is wrong", "/a", 3, 7, "what to do")
    assert finding.as_json() == {
        "severity": "major", "pointer": "/a", "line": 3, "column": 7, "rule": "rule-name",
        "message": "what is wrong", "suggestion": "what to do",
    }  # fmt: skip
