"""For `celery --include service.cli.drill.short_pauses`: a run waits for a second after a fault.

By default it waits for ten seconds, then for twenty, and so on. In a drill faults come every few
seconds, so most would meet a run that waits, and nothing would be tried.
"""

from datetime import timedelta

from pipeline.runs import trouble

trouble.FIRST_PAUSE = timedelta(seconds=1)
trouble.LONGEST_PAUSE = timedelta(seconds=4)
