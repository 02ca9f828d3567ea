"""The report of an import: counts that add up, whatever is noted how often."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from safemap.db.merging import MergeCounts
from safemap.imports.report import VALUE_SHOWN, ImportReport, Outcome

FILE = Path("rows.csv")


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(Outcome))))
def test_kept_mended_and_refused_are_all_rows(notes: list[tuple[int, Outcome]]) -> None:
    report = ImportReport("incidents", ["rows.csv"], rows_read=10)
    for row, outcome in notes:
        report.note(FILE, row, outcome, "field", "value", "reason", "right")
    assert report.kept + report.mended + report.refused == 10
    assert min(report.kept, report.mended, report.refused) >= 0
    assert len(report.notes) == len(notes)


def test_the_json_report_holds_every_note_and_shortens_only_values() -> None:
    report = ImportReport("incidents", ["rows.csv"], rows_read=2)
    report.note(FILE, 7, Outcome.REFUSED, "地點", "長" * 500, "too long", "shorter")
    report.stored("incident", MergeCounts(added=1))
    report.stored("incident", MergeCounts(unchanged=2))
    record = json.loads(report.as_json())
    assert (record["kept"], record["mended"], record["refused"]) == (1, 0, 1)
    assert record["tables"]["incident"] == {"added": 1, "changed": 0, "unchanged": 2, "removed": 0}
    assert record["notes"][0]["row"] == "7"
    assert len(record["notes"][0]["value"]) == VALUE_SHOWN + 1


def test_reasons_come_most_frequent_first_with_their_first_example() -> None:
    report = ImportReport("incidents", ["rows.csv"], rows_read=9)
    report.note(FILE, 1, Outcome.MENDED, "a", "x", "rare", "")
    for row in (4, 5, 6):
        report.note(FILE, row, Outcome.REFUSED, "b", "y", "often", "")
    assert [(reason, count, note.row) for _, reason, count, note in report.reasons()] == [
        ("often", 3, "4"),
        ("rare", 1, "1"),
    ]
