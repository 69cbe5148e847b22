"""The rules that the embedded server ships."""

import re

from emulator.indexes import INDEXES as INDEXES_FILE
from pipeline.categories import CATEGORIES


def test_the_rules_know_the_labels_that_the_pipeline_knows() -> None:
    rules = INDEXES_FILE.with_name("firestore.rules").read_text()
    listed = rules.partition("label in [")[2].partition("]")[0]
    assert tuple(re.findall(r"'(\w+)'", listed)) == CATEGORIES
