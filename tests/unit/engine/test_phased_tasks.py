from typing import Final

import pytest

from schema.values import Json, JsonObject
from tests.unit.engine.folders import document, folder, found, imported, metadata, phases, rules, tasks


def listing(*listed: JsonObject) -> JsonObject:
    """Give metadata whose one phase lists these tasks."""
    members: list[Json] = [*listed]
    return metadata(phases=[{"phase_number": 1, "phase_name": "Look", "tasks": members}])


def titles(files: dict[str, bytes | None]) -> list[tuple[Json, Json]]:
    """Give (id, title) of each task of the first phase."""
    return [(each["id"], each["title"]) for each in tasks(files)]


def test_a_task_takes_its_facts_from_metadata_then_from_the_page_then_from_its_file() -> None:
    page = (
        "# Phase 1: Look\n\n### Task 1: Page title\n**File:** [it](task-1-read.md)\n**Purpose:** Because.\n"
        "**Time:** 5 minutes\n\n### Task 2: Second\n- **File**: `task-2-b.md`\n"
    )
    files = folder(listing({"task_number": 1, "name": "Listed"}), {
        "phases/1/phase.md": page, "phases/1/task-2-b.md": "# Task 2: Ignored\n\nDo b.",
    })  # fmt: skip
    first, second = tasks(files)
    assert first == {
        "id": "p1-t1",
        "title": "Listed",
        "prompt": "Because.\n\n# Task 1: Read\n\nRead it.",
        "estimatedDuration": "5 minutes",
    }
    assert (second["title"], second["prompt"]) == ("Second", "# Task 2: Ignored\n\nDo b.")
    assert rules(imported(files).findings) == [("minor", "unlisted-task")]


def test_a_task_without_any_title_is_called_by_its_files_heading_or_its_number() -> None:
    files = folder(listing({"task_number": 1, "file": "task-1-read.md"}))
    assert titles(files) == [("p1-t1", "Read")]
    bare = folder(listing({"task_number": 1, "file": "task-1-read.md"}), {"phases/1/task-1-read.md": "Just do it."})
    assert titles(bare) == [("p1-t1", "Task 1")]


def test_times_and_artifacts_of_metadata_are_native_and_other_keys_stay_in_extra() -> None:
    files = folder(listing({"number": 1, "name": "Read", "file": "task-1-read.md", "estimated_time": "1 h",
                            "artifacts": ["notes.md"], "owner": "me"}))  # fmt: skip
    (task,) = tasks(files)
    assert (task["estimatedDuration"], task["artifacts"]) == ("1 h", ["notes.md"])
    assert document(files)["extra"] == {"phases": {"1": {"tasks": [{"owner": "me"}]}}}


def test_a_task_listed_as_plain_text_is_a_task_and_another_kind_is_said() -> None:
    files = folder(metadata(phases=[{"phase_number": 1, "phase_name": "Look", "tasks": ["Read", 7]}]))
    assert [title for _, title in titles(files)] == ["Read", "7"]
    assert found(files, "metadata-shape").severity == "major"


def test_task_files_that_nobody_lists_are_tasks_and_notes() -> None:
    files = folder(None, {"phases/1/task-2-more.md": "# Task 2: More\n\nDo more."})
    assert titles(files) == [("p1-t1", "Read"), ("p1-t2", "More")]
    finding = found(files, "unlisted-task")
    assert (finding.severity, finding.message.partition(":")[0]) == ("minor", "phases/1/task-2-more.md")


def test_task_files_alone_make_a_phase_without_findings() -> None:
    files = folder(metadata(phases=[{"phase_number": 1, "phase_name": "Look"}]))
    assert imported(files).findings == ()
    assert titles(files) == [("p1-t1", "Read")]


def test_a_listed_file_that_is_missing_is_major_and_the_task_works_by_what_is_known() -> None:
    files = folder(listing({"task_number": 1, "name": "Read", "file": "task-1-other.md", "purpose": "See it."}),
                   {"phases/1/task-1-read.md": None})  # fmt: skip
    assert found(files, "missing-task-file").severity == "major"
    assert tasks(files)[0]["prompt"] == "See it."


def test_a_wrong_file_name_falls_back_to_the_file_of_the_tasks_number() -> None:
    files = folder(listing({"task_number": 1, "name": "Read", "file": "task-1-renamed.md"}))
    assert "phases/1/task-1-read.md is used" in found(files, "missing-task-file").message
    assert "Read it." in str(tasks(files)[0]["prompt"])


def test_a_task_block_whose_file_is_missing_is_worked_on_by_its_block() -> None:
    page = "# Phase 1: Look\n\n### Task 1: Read\n**File:** task-1-gone.md\nRead slowly.\n"
    files = folder(metadata(phases=1), {"phases/1/phase.md": page, "phases/1/task-1-read.md": None})
    assert "Read slowly." in str(tasks(files)[0]["prompt"])
    assert found(files, "missing-task-file").message.startswith("phases/1/phase.md: ")


@pytest.mark.requirement("FOLD-5")
@pytest.mark.parametrize("name", ["../../../outside.md", "/etc/passwd", "../../../../etc/passwd"])
def test_a_file_name_that_leads_out_of_the_folder_is_critical(name: str) -> None:
    files = folder(listing({"task_number": 1, "name": "Read", "file": name}))
    finding = found(files, "path-escape")
    assert (finding.severity, finding.message.partition(":")[0]) == ("critical", "metadata.json")


def test_gaps_between_task_numbers_are_noted_and_ids_keep_the_numbers() -> None:
    files = folder(listing({"task_number": 1, "name": "One", "file": "task-1-read.md"},
                           {"task_number": 4, "name": "Four", "file": "task-4-x.md"}),
                   {"phases/1/task-4-x.md": "Do x."})  # fmt: skip
    assert titles(files) == [("p1-t1", "One"), ("p1-t4", "Four")]
    assert found(files, "task-gap").message == "phases/1: the tasks are numbered 1, 4"


def test_a_task_number_used_twice_keeps_both_tasks() -> None:
    files = folder(listing({"task_number": 1, "name": "One", "file": "task-1-read.md"},
                           {"task_number": 1, "name": "Other", "file": "task-1-other.md"}),
                   {"phases/1/task-1-other.md": "Do other."})  # fmt: skip
    assert titles(files) == [("p1-t1", "One"), ("p1-t2", "Other")]
    assert found(files, "repeated-task").severity == "major"


def test_two_files_of_one_number_and_two_blocks_of_one_number_are_all_tasks() -> None:
    page = "# Phase 1: Look\n\n### Task 1: A\nDo a.\n\n### Task 1: B\nDo b.\n"
    files = folder(metadata(phases=1), {"phases/1/phase.md": page, "phases/1/task-1-zzz.md": "Do z."})
    assert len(tasks(files)) == 3
    assert [each.rule for each in imported(files).findings].count("repeated-task") == 2


def test_an_empty_task_page_is_major_and_the_title_stands_in() -> None:
    files = folder(None, {"phases/1/task-1-read.md": " \n"})
    assert found(files, "empty-page").severity == "major"
    assert tasks(files)[0]["prompt"] == "Read"


def test_a_long_title_is_cut_to_the_schemas_limit() -> None:
    assert titles(folder(listing({"task_number": 1, "name": "x" * 200, "file": "task-1-read.md"}))) == [
        ("p1-t1", "x" * 125 + "...")
    ]


@pytest.mark.parametrize("line", [
    "🎯 NEXT-MANDATORY: [next](task-9-gone.md)",
    "**NEXT-MANDATORY:** [next](../7/phase.md#top)",
    "**NEXT-MANDATORY:**\n\n[next](nowhere.md)",
    "NEXT-MANDATORY: [out](../../../etc/passwd)",
])  # fmt: skip
def test_a_next_mandatory_link_that_points_nowhere_is_a_minor_finding_with_its_line(line: str) -> None:
    files = folder(None, {"phases/1/task-1-read.md": f"# Task 1: Read\n{line}\n"})
    finding = found(files, "broken-link")
    assert (finding.severity, finding.line) == ("minor", 2 + line.count("\n"))


@pytest.mark.parametrize("line", [
    "NEXT-MANDATORY: [self](task-1-read.md#top)",
    "NEXT-MANDATORY: [phase](../1/phase.md)",
    "NEXT-MANDATORY: [folder](../1)",
    "NEXT-MANDATORY: [top](phases/1/phase.md)",
    "NEXT-MANDATORY: [site](https://example.org/x)",
    "NEXT-MANDATORY: [here](#below)",
    "NEXT-MANDATORY: finish the phase\n[other](nowhere.md)",
    "See [other](nowhere.md).",
    "```\nNEXT-MANDATORY: [code](nowhere.md)\n```",
])  # fmt: skip
def test_links_that_lead_somewhere_or_are_no_next_mandatory_links_are_not_noted(line: str) -> None:
    assert imported(folder(None, {"phases/1/task-1-read.md": f"# Task 1: Read\n{line}\n"})).findings == ()


def test_windows_line_ends_and_a_byte_order_mark_do_not_hide_headings() -> None:
    page = "\ufeff# Phase 1: Look\r\n\r\n### Task 1: Read\r\n**Time:** 5 min\r\n"
    files = folder(None, {"phases/1/phase.md": page})
    assert tasks(files)[0]["estimatedDuration"] == "5 min"


LISTING: Final = "### Task 1: Read\n**File:** [a](task-1-read.md)\n**Purpose:** to know\n**Time:** 5 minutes\n"


def test_a_block_that_only_lists_a_task_with_a_page_is_not_told_twice() -> None:
    files = folder(None, {"phases/1/phase.md": f"# Phase 1: Look\n\nBe calm.\n\n{LISTING}\n---\n\n## Gate\n- done\n"})
    assert phases(files)[0]["purpose"] == "# Phase 1: Look\n\nBe calm.\n\n## Gate\n- done"
    (task,) = tasks(files)
    assert (task["title"], task["estimatedDuration"]) == ("Read", "5 minutes")
    assert str(task["prompt"]).startswith("to know\n\n")


@pytest.mark.parametrize("page", [
    f"{LISTING}Mind the step.\n",
    LISTING.replace("Read\n", "Skim\n", 1),
    LISTING.replace("5 minutes", "x" * 200),
])  # fmt: skip
def test_a_block_that_says_more_or_other_than_the_task_stays(page: str) -> None:
    assert page.strip() in str(phases(folder(None, {"phases/1/phase.md": page}))[0]["purpose"])
