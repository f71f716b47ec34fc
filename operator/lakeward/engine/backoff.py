"""How long to wait after the n-th failure in a row. Pure; the caller brings the chance."""

BASE = 0.5
CAP = 300.0


def delay(failures: int, chance: float, *, base: float = BASE, cap: float = CAP) -> float:
    """Seconds to wait after `failures` failures in a row (1 = the first), with `chance` in [0, 1) as jitter.

    Doubles from `base` to `cap` and takes between half and all of it, so that objects that failed together part.
    """
    step = min(cap, base * 2.0 ** min(max(failures, 1) - 1, 30))
    return step * (0.5 + chance / 2)
