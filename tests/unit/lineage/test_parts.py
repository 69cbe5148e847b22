"""In which way a merged correction took part in a version."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import NotFound
from pipeline.lineage.parts import count_parts, find_part
from pipeline.records.dataset import Split
from pipeline.records.learning import Part
from pipeline.records.lineage import Lineage
from tests.unit.lineage._lineages import make_lineage


@st.composite
def chains(draw: st.DrawFn) -> list[Lineage]:
    """A chain of versions over a growing data set, some of them new baselines."""
    answers = {"train": 0, "val": 0, "test": 0}
    versions = [make_lineage("v0", None, answers, fitted=None, revision=0)]
    for number in range(1, draw(st.integers(1, 5)) + 1):
        answers = {name: count + draw(st.integers(0, 4)) for name, count in answers.items()}
        is_baseline = draw(st.integers(0, 4)) == 0
        versions.append(
            make_lineage(
                f"v{number}",
                f"v{number - 1}",
                answers,
                fitted=None if is_baseline else draw(st.integers(0, answers["train"])),
                chose=draw(st.integers(0, answers["val"])),
                revision=number,
            )
        )
    return versions


def expect(chain: list[Lineage], split: Split, position: int) -> Part:
    """What the definition says, version by version from the last one back."""
    if split is Split.TEST:
        return Part.JUDGED
    for back, lineage in enumerate(reversed(chain)):
        total, fit = lineage.dataset.answers[split], lineage.fit
        if fit is None:
            used = total if split is Split.TRAIN else 0
        else:
            used = fit.answers if split is Split.TRAIN else fit.choosing_answers
        if total - used <= position < total:
            own = Part.FITTED if split is Split.TRAIN else Part.CHOSE
            return Part.INHERITED if back else own
        if fit is None:
            break
    return Part.UNUSED


@given(chains())
def test_each_answer_has_the_part_that_the_definition_says(chain: list[Lineage]) -> None:
    by_name = {lineage.version: lineage for lineage in chain}
    newest, counts = chain[-1], Counter[Part]()
    for split in Split:
        for position in range(newest.dataset.answers[split]):
            part = find_part(newest, split, position, by_name.__getitem__)
            assert part is expect(chain, split, position)
            counts[part] += 1
    assert {
        part: count for part, count in count_parts(newest, by_name.__getitem__).items() if count
    } == counts


def test_an_ancestor_without_a_lineage_ends_the_search() -> None:
    def find(version: str) -> Lineage:
        raise NotFound(version)

    newest = make_lineage("v2", "v1", {"train": 5}, fitted=2)
    assert find_part(newest, Split.TRAIN, 0, find) is Part.UNUSED
    assert find_part(newest, Split.TRAIN, 3, find) is Part.FITTED
