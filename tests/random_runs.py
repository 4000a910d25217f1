"""Settings, schedules and seeds that nobody chose, in natural units."""

from hypothesis import strategies as st

from dynamics import Phase, Setting

Experiment = tuple[Setting, list[Phase], int, str]


@st.composite
def experiments(pick: st.DrawFn, natural: object, radius: object) -> Experiment:
    n = pick(st.integers(1, 6))
    s = natural(
        n=n,
        B=pick(st.sampled_from([B for B in range(1, n + 1) if n % B == 0])),
        d=pick(st.integers(1, 60)),
        m=pick(st.integers(1, 3)),
        P=pick(st.integers(2, 5)),
        p=pick(st.sampled_from([0.0, 0.1, 0.45])),
        sigma_p=10.0 ** pick(st.integers(-5, 5)),
        signal=pick(st.sampled_from([0.0, 0.1, 1.0, 5.0])),
        start=10.0 ** pick(st.integers(-4, 1)),
        step=pick(st.sampled_from([0.01, 0.3, 1.0, 4.0])),
    )
    tau = radius(s) * 10.0 ** pick(st.integers(-3, 2))
    rules = pick(st.lists(st.sampled_from(["sgd", "sam"]), min_size=1, max_size=3))
    epochs = pick(st.lists(st.integers(0, 5), min_size=len(rules), max_size=len(rules)))
    phases = [Phase(rule, T, tau if rule == "sam" else None) for rule, T in zip(rules, epochs, strict=True)]
    return s, phases, pick(st.integers(0, 2**32)), pick(st.sampled_from(["reduced", "ambient"]))
