"""What became of every row of a file: kept, mended, or refused, with the reason and what would be right."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path

from safemap.db.merging import MergeCounts


class Outcome(StrEnum):
    """What became of a row."""

    KEPT = "kept"
    MENDED = "mended"
    REFUSED = "refused"


@dataclass(frozen=True)
class Note:
    """A row that was not simply kept, or that was kept with something missing.

    Parameters
    ----------
    row
        The row's number in its file as an editor counts (the header is 1), or the source's own id.
    reason
        What is the matter, in words.
    right
        What would be right, or what was done.
    """

    file: str
    row: str
    outcome: Outcome
    field: str
    value: str
    reason: str
    right: str


VALUE_SHOWN = 80  # characters of a wrong value: enough to find it


@dataclass
class ImportReport:
    """One import: counts that add up, notes, and what changed in the tables."""

    kind: str
    files: list[str]
    rows_read: int = 0
    mended: int = 0
    refused: int = 0
    notes: list[Note] = field(default_factory=list)
    tables: dict[str, MergeCounts] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @property
    def kept(self) -> int:
        """Rows that were taken as they are."""
        return self.rows_read - self.mended - self.refused

    def note(
        self, file: Path, row: object, outcome: Outcome, field: str, value: object, reason: str, right: str
    ) -> None:
        """Note one row; each mended or refused row is counted by its first such note."""
        shown = str(value)
        shown = shown if len(shown) <= VALUE_SHOWN else shown[:VALUE_SHOWN] + "…"
        key = (file.name, str(row))
        if outcome is not Outcome.KEPT and key not in self._counted:
            self._counted.add(key)
            if outcome is Outcome.MENDED:
                self.mended += 1
            else:
                self.refused += 1
        self.notes.append(Note(file.name, str(row), outcome, field, shown, reason, right))

    def remark(self, sentence: str) -> None:
        """Say something about the file as a whole."""
        self.remarks.append(sentence)

    def stored(self, table: str, counts: MergeCounts) -> None:
        """Count what changed in a table."""
        self.tables[table] = self.tables.get(table, MergeCounts()) + counts

    def reasons(self) -> list[tuple[Outcome, str, int, Note]]:
        """Reasons with how often each was noted and a first example, most frequent first."""
        counted = Counter((note.outcome, note.reason) for note in self.notes)
        first: dict[tuple[Outcome, str], Note] = {}
        for note in self.notes:
            first.setdefault((note.outcome, note.reason), note)
        return [(outcome, reason, count, first[outcome, reason]) for (outcome, reason), count in counted.most_common()]

    def as_json(self) -> str:
        """Return the whole report, every note in it."""
        record = {
            "kind": self.kind,
            "files": self.files,
            "rows_read": self.rows_read,
            "kept": self.kept,
            "mended": self.mended,
            "refused": self.refused,
            "tables": {table: asdict(counts) for table, counts in self.tables.items()},
            "remarks": self.remarks,
            "notes": [asdict(note) for note in self.notes],
        }
        return json.dumps(record, ensure_ascii=False, indent=1) + "\n"

    def __post_init__(self) -> None:
        self._counted: set[tuple[str, str]] = set()
