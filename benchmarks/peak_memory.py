"""Peak memory of one SAM run that records nothing but its start and end; prints bytes as JSON.

python -m benchmarks.peak_memory D EPOCHS
"""

import json
import re
import sys
import tracemalloc
from pathlib import Path

from benchmarks.workloads import SMALL, stage
from dynamics import draw, train

_RUNS = 5
"""Equal runs; the least peak counts, since what Python itself puts by for later comes on top."""


def resident() -> int:
    """Return the largest resident memory of this process so far, in bytes; only Linux tells.

    `resource.getrusage` would not do: a process starts with the peak of the one that started it.
    """
    (kilobytes,) = re.findall(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(kilobytes) * 1024


def main() -> None:
    """Measure in a process of its own, as the peak of a process never falls."""
    d, epochs = int(sys.argv[1]), int(sys.argv[2])
    s = SMALL.setting(d)
    x = draw(s, 0)
    train(s, x, stage(s, "sam", 2), record_every=2)
    before = resident()
    train(s, x, stage(s, "sam", epochs), record_every=epochs)
    growth = resident() - before
    peaks = []
    for _ in range(_RUNS):
        tracemalloc.start()
        train(s, x, stage(s, "sam", epochs), record_every=epochs)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    print(json.dumps({"resident": before + growth, "growth": growth, "traced": min(peaks)}))


if __name__ == "__main__":
    main()
