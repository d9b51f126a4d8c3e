"""What the example model takes, and plans of it by formula."""

from __future__ import annotations

from alcove.fit.estimate import estimate
from alcove.fit.margins import FIRST_MARGINS
from alcove.fit.plan import Wish
from alcove.fit.process_memory import overhead_bytes
from alcove.fit.result import Fit
from alcove.hardware.machine import Gpu
from fit.examples import GIB, MIB, machine, shape

CONTEXT = 8192
COMPUTE = 124 * MIB
NEED = 9 * GIB + COMPUTE
"""What the example model takes at 8k."""

OVERHEAD = overhead_bytes(shape())
ON_HOST = NEED + FIRST_MARGINS.host_bytes + OVERHEAD
ON_GPU = NEED + FIRST_MARGINS.gpu_bytes
F16 = Wish(CONTEXT, kv_type="f16")


def fit_on(available: int, *gpus: Gpu, wish: Wish = F16) -> Fit:
    """The example on a machine with so much RAM free."""
    return estimate(shape(), machine(available, *gpus), wish)
