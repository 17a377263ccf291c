"""What processes of tests have imported before they are forked; see :func:`tests.processes.run_processes`."""

import kpgan_mm  # noqa: F401
import kpgan_mm.datasets
import kpgan_mm.engine
import kpgan_mm.evaluation
import kpgan_mm.models
import kpgan_mm.visualization  # noqa: F401
import tests.small_runs  # noqa: F401
