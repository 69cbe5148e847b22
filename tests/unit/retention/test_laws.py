"""Whatever versions and runs there are, nothing goes that a ready version or a run needs."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.records.runs import Run, RunState
from pipeline.records.storage import StoredObject
from pipeline.records.versions import ModelVersion, VersionFile, VersionStatus, Withdrawal
from pipeline.retention.plan import RetentionPlan, plan_retention
from pipeline.retention.project import ProjectState
from pipeline.setting_groups import RetentionSettings
from pipeline.storage_paths import ADDITIONS, FIT, VERSION_FILE, run_of, version_of
from tests._examples import examples
from tests.unit.retention._projects import DATASET, NOW

STATUSES = [VersionStatus.READY, VersionStatus.WITHDRAWN, VersionStatus.PUBLISHING]
AGES = st.integers(0, 200).map(lambda days: NOW - timedelta(days=days))


@st.composite
def states(draw: st.DrawFn) -> ProjectState:
    """A project: each version's parent and baseline are among those before it, or none."""
    versions: list[ModelVersion] = []
    runs: dict[str, Run] = {}
    baselines: list[str] = []
    for number in range(draw(st.integers(1, 8))):
        name, run_id = f"v1.0.{number}", f"run-{number}"
        before = [each.version for each in versions]
        status, at = draw(st.sampled_from(STATUSES)), draw(AGES)
        path = VERSION_FILE.fill(version=name, name="metadata.json")
        baseline = draw(st.sampled_from([*baselines, name, None]))
        baselines += [name] if baseline == name else []  # a baseline is its own
        versions.append(
            ModelVersion(
                version=name,
                storage_path="",
                status=status,
                created_at=at,
                run_id=run_id,
                parent=draw(st.sampled_from([*before, None])),
                baseline=baseline,
                files=[VersionFile(path=path, size=1, sha256="")],
                withdrawn=Withdrawal(by="owner", why="a test", at=at),
            )
        )
        if draw(st.booleans()):
            state = draw(st.sampled_from(list(RunState)))
            runs[run_id] = Run(id=run_id, requested_at=at, ended_at=at, state=state)
    names = [each.version for each in versions]
    objects = [StoredObject(file.path, 1, 1) for each in versions for file in each.files]
    for number in range(10):
        objects.append(StoredObject(FIT.fill(run_id=f"run-{number}"), 1, 1))
        objects.append(StoredObject(ADDITIONS.fill(dataset=DATASET, revision=number), 1, 1))
    return ProjectState(
        objects=objects,
        versions=versions[::-1],
        unsure=draw(st.sampled_from([[], ["models/v1.0.1"]])),
        in_use=frozenset(draw(st.sets(st.sampled_from(names), max_size=3))),
        active_run=draw(st.sampled_from([None, *(f"run-{number}" for number in range(10))])),
        runs=runs,
        unfinished_runs=frozenset(
            each.run_id for each in versions if each.status is VersionStatus.PUBLISHING
        ),
        base_digest="base",
    )


policies = st.builds(
    RetentionSettings,
    keep_versions=st.integers(1, 5),
    withdrawn_days=st.sampled_from([0.0, 50.0]),
    runs_days=st.sampled_from([0.0, 50.0]),
)


def plan(state: ProjectState, policy: RetentionSettings) -> RetentionPlan:
    return plan_retention(state, policy, NOW, DATASET)


@settings(max_examples=examples(200))
@given(states(), policies)
def test_no_file_goes_that_a_version_or_its_rebuild_needs(
    state: ProjectState, policy: RetentionSettings
) -> None:
    planned = plan(state, policy)
    gone = {version_of(each.path) for each in planned.deletions} - {None}
    known = {each.version: each for each in state.versions}
    for version in state.versions:
        if version.status is VersionStatus.WITHDRAWN and version.version not in state.in_use:
            continue
        parent = known.get(version.parent or "")
        needed = {version.version, version.parent, version.baseline, parent and parent.baseline}
        assert not gone & needed
    assert not gone & state.in_use
    assert not (state.unsure and (gone or planned.withdrawals))


@settings(max_examples=examples(200))
@given(states(), policies)
def test_only_ready_versions_that_nothing_uses_are_withdrawn_and_enough_stay(
    state: ProjectState, policy: RetentionSettings
) -> None:
    withdrawn = {each.version for each in plan(state, policy).withdrawals}
    ready = [each.version for each in state.versions if each.status is VersionStatus.READY]
    assert withdrawn <= set(ready[policy.keep_versions :])
    assert not withdrawn & state.in_use
    stay = {name for name in ready if name not in withdrawn}
    baselines = {each.baseline for each in state.versions if each.version in stay}
    assert not withdrawn & baselines


@settings(max_examples=examples(200))
@given(states(), policies)
def test_no_result_goes_of_a_run_that_can_go_on_and_no_revision_ever(
    state: ProjectState, policy: RetentionSettings
) -> None:
    planned = plan(state, policy)
    runs = {run_of(each.path) for each in planned.deletions if each.path.startswith("runs/")}
    unended = {name for name, run in state.runs.items() if not run.state.ended}
    assert not runs & (unended | {state.active_run} | state.unfinished_runs)
    assert not any(each.path.startswith("datasets/") for each in planned.deletions)
    assert {each.path for each in planned.deletions} <= {each.path for each in state.objects}
