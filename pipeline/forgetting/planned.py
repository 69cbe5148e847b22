"""Read the plan of a run that forgets; it is made once, as later attempts would find less."""

from pipeline.forgetting.plan import make_plan
from pipeline.records.forgetting import ForgetPlan
from pipeline.runs.context import RunContext
from pipeline.storage_paths import FORGET_PLAN


def read_plan(player: str, context: RunContext) -> ForgetPlan:
    """Return what the run forgets; it is found once, and stored."""

    def make() -> bytes:
        plan = make_plan(
            player, context.ports, context.settings, context.log.progress, besides=context.run_id
        )
        context.log.note()  # proves the lease: the run may have ended in between
        return plan.model_dump_json(by_alias=True).encode()

    return ForgetPlan.model_validate_json(context.once(FORGET_PLAN, make))
