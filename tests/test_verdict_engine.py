"""The verdict engine on made-up statements whose truth is known."""

from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from dynamics import Setting
from dynamics.streams import SEEDS_PER_BLOCK
from theorems import Control, Inequality, Ladder, Statement, World, catalogue
from theorems.catalogue import Catalogue
from theorems.statement import Finite
from verify.check import check, check_control, random_statements
from verify.evidence import LEVEL
from verify.run import with_holm

TINY = Setting(n=1, d=1, m=1, P=2, mu_norm=1.0, sigma_p=1.0, p=0.0, sigma_0=1.0, B=1, eta=1.0)
WORLD = World(TINY, delta=0.05)


def slope_between(name, rungs, quantity, low, high):
    return Ladder(name, rungs, quantity, (low + high) / 2, Finite("", low, high))


def fails_on(bad, label="x"):
    """Claim `measured <= 1` that holds except on the seeds for which `bad` is true."""
    return lambda o: (Inequality(label, 2.0 if bad(o.seed) else 0.5, 1.0, "<="),)


ALWAYS = fails_on(lambda seed: False)
NEVER = fails_on(lambda seed: True)


@pytest.fixture
def state(monkeypatch):
    """Put a made-up statement into the catalogue."""

    def put(kind, claim=ALWAYS, id="made_up", **fields):
        fields = {
            "worlds": (WORLD,) if kind != "scaling" else (),
            "draws": {"quick": 5, "full": 11},
            "replicas": {"quick": 5, "full": 9},
            "controls": (Control("claim turned round", claim=NEVER),),
        } | fields
        statement = Statement(
            id=id, kind=kind, title="title", formula="f", predicts="x <= 1", source="here", claim=claim, **fields
        )
        monkeypatch.setitem(catalogue, id, statement)
        return statement

    return put


def without_time(verdict):
    return replace(verdict, seconds=0.0)


# --- identities and bounds


@pytest.mark.parametrize("kind", ["identity", "bound"])
def test_true_bound_is_confirmed(state, kind):
    state(kind)
    verdict = check("made_up")
    assert verdict.status == "confirmed"
    assert (verdict.draws, verdict.unmet, verdict.p_value, verdict.control) == (5, 0, 1.0, None)
    assert (verdict.id, verdict.kind, verdict.title, verdict.predicts) == ("made_up", kind, "title", "x <= 1")
    assert verdict.measured == "x: 0.5, stated <= 1"
    assert verdict.as_expected
    assert verdict.evidence[0]["setting"] == TINY.model_dump()


@pytest.mark.parametrize("kind", ["identity", "bound"])
@pytest.mark.parametrize(("bad", "told"), [(2.0, "x: 2,"), (float("nan"), "nan")])
def test_one_failing_draw_of_one_world_refutes_and_is_shown(state, kind, bad, told):
    def claim(o):
        return (Inequality("x", bad if o.seed == 3 and o.world.delta == 0.1 else 0.5, 1.0, "<="),)

    state(kind, claim, worlds=(WORLD, replace(WORLD, delta=0.1)))
    verdict = check("made_up")
    assert (verdict.status, verdict.as_expected) == ("refuted", False)
    assert told in verdict.measured


@pytest.mark.parametrize(
    ("margin", "status", "used", "least"),
    [
        (lambda seed: 0.5, "hypotheses not met", 0, 0.5),
        (lambda seed: 1.0 - seed % 2, "confirmed", 3, 1.0),  # the claim fails exactly where the hypothesis does
        (lambda seed: (0.5, 0.9, 2.5, 0.2, 1.5)[seed], "confirmed", 2, 1.5),  # the smallest of those that were used
    ],
)
def test_draws_that_do_not_meet_the_hypotheses_are_set_aside(state, margin, status, used, least):
    state("bound", fails_on(lambda seed: margin(seed) < 1), hypotheses=lambda o: {"size": margin(o.seed), "other": 2.0})
    verdict = check("made_up")
    assert (verdict.status, verdict.draws, verdict.unmet) == (status, used, 5 - used)
    assert verdict.margins == {"size": least, "other": 2.0}
    assert verdict.as_expected == (status == "confirmed")


@pytest.mark.parametrize("kind", ["bound", "probability"])
def test_a_world_outside_the_hypotheses_shows_its_margin(state, kind):
    worlds = (replace(WORLD, delta=0.2), replace(WORLD, delta=0.1))
    state(kind, worlds=worlds, draws={"quick": 200, "full": 200}, hypotheses=lambda o: {"size": 6 * o.world.delta})
    verdict = check("made_up")
    assert verdict.status == "hypotheses not met"
    assert min(verdict.margins.values()) == pytest.approx(0.6)


def test_claims_that_say_nothing_are_inconclusive(state):
    state("bound", lambda o: ())
    assert check("made_up").status == "inconclusive"
    state("bound", lambda o: (Inequality("x", 0.0, 0.0, "<=", count=0),))
    assert check("made_up").status == "inconclusive"


# --- probabilities

DRAWS = {"quick": 200, "full": 2000}


def test_true_event_is_confirmed(state):
    state("probability", draws=DRAWS)
    verdict = check("made_up")
    assert verdict.status == "confirmed"
    assert verdict.draws == 200
    frequency = verdict.evidence[0]
    assert (frequency["held"], frequency["target"]) == (200, 0.95)
    assert frequency["lower"] >= 0.95
    assert verdict.measured.startswith("held in 200 of 200")
    assert frequency["level"] == pytest.approx(LEVEL / len(random_statements()) / 3)


@pytest.mark.parametrize(
    ("modulus", "unclear", "status", "draws", "held"),
    [
        (5, False, "refuted", 200, 160),  # at once
        (20, False, "inconclusive", 800, 760),  # draws more, and stays open
        (3, True, "inconclusive", 800, 533),  # what is unclear counts for nobody
    ],
)
def test_false_and_open_events(state, modulus, unclear, status, draws, held):
    def claim(o):
        bad = o.seed % modulus == 0
        return (Inequality("x", 1.0 if unclear else 2.0 * bad, 1.0, "<=", uncertainty=float(unclear and bad)),)

    state("probability", claim, draws=DRAWS)
    verdict = check("made_up")
    found = verdict.evidence[0]
    assert (verdict.status, verdict.draws, found["held"]) == (status, draws, held)
    assert found["unclear"] == (267 if unclear else 0)
    assert (found["upper"] < 0.95) == (verdict.p_value < LEVEL) == (status == "refuted")


def test_an_event_is_all_its_inequalities(state):
    def claim(o):
        return (*fails_on(lambda seed: seed % 3 == 0, "a")(o), *fails_on(lambda seed: seed % 3 == 1, "b")(o))

    state("probability", claim, draws=DRAWS)
    assert check("made_up").evidence[0]["held"] == sum(seed % 3 == 2 for seed in range(200))


# --- scaling


def rungs(worlds_per_rung=1):
    return tuple((v, (World(TINY.replace(mu_norm=v)),) * worlds_per_rung) for v in (1.0, 2.0, 4.0, 8.0, 16.0))


def power(observations):
    """||mu||^0.25 with a deterministic scatter over the seeds."""
    o = observations[0]
    return o.world.setting.mu_norm ** (0.25 + 0.01 * (o.seed % SEEDS_PER_BLOCK - 2))


@pytest.mark.parametrize(
    ("low", "high", "status"), [(0.2, 0.3, "confirmed"), (0.5, 1.0, "refuted"), (0.3, 0.5, "inconclusive")]
)
def test_scaling(state, low, high, status):
    state("scaling", ladders=(slope_between("x against ||mu||", rungs(), power, low, high),))
    verdict = check("made_up")
    assert verdict.status == status
    assert verdict.evidence[0]["exponent"] == pytest.approx(0.25)
    assert verdict.draws == 25
    assert verdict.measured.startswith("x against ||mu||: 0.250 [")
    assert verdict.evidence[0]["level"] == pytest.approx(LEVEL / len(random_statements()))


def test_a_replica_uses_one_seed_along_the_ladder(state):
    seen = []

    def quantity(observations):
        seen.append([o.seed for o in observations])
        return power(observations)

    state("scaling", ladders=(slope_between("x", rungs(2), quantity, 0.1, 0.4),))
    check("made_up", seed=2)
    assert seen == [[2 * SEEDS_PER_BLOCK + k] * 2 for k in range(5)] * 5


def test_a_statement_need_not_be_in_the_catalogue(state):
    statement = state("bound", claim=fails_on(lambda seed: seed == 3), id="own")
    from_catalogue = check("own"), check_control("own", 0)
    del catalogue["own"]
    for known, own in zip(from_catalogue, (check(statement), check_control(statement, 0)), strict=True):
        assert without_time(own) == without_time(known)
        assert own.status == "refuted"
    with pytest.raises(ValueError, match="control 1 of 'own' is not known"):
        check_control(statement, 1)


def test_a_bound_may_bring_its_scaling(state):
    state("bound", ladders=(slope_between("x", rungs(), power, 0.5, 1.0),))
    assert "made_up" in random_statements()
    verdict = check("made_up")
    assert [part["form"] for part in verdict.evidence] == ["part", "slope"]
    assert [part["status"] for part in verdict.evidence] == ["confirmed", "refuted"]
    assert verdict.status == "refuted"
    assert verdict.evidence[1]["level"] == pytest.approx(LEVEL / len(random_statements()))


# --- controls


@pytest.mark.parametrize("kind", ["bound", "identity", "probability"])
def test_controls_ignore_hypotheses(state, kind):
    state(kind, hypotheses=lambda o: {"size": 0.0}, draws=DRAWS)
    assert check("made_up").status == "hypotheses not met"
    verdict = check_control("made_up", 0)
    assert verdict.status == "refuted"
    assert verdict.control == "claim turned round"
    assert (verdict.unmet, verdict.margins) == (0, {})
    assert verdict.as_expected


def test_control_replaces_only_what_it_names(state):
    other = World(TINY.replace(mu_norm=3.0))

    def claim(o):
        return (Inequality("x", o.world.setting.mu_norm, 2.0, "<="),)

    state("bound", claim, controls=(Control("world", worlds=(other,)), Control("claim", claim=NEVER)))
    world, turned = check_control("made_up", 0), check_control("made_up", 1)
    assert world.evidence[0]["setting"]["mu_norm"] == world.evidence[0]["measured"] == 3.0
    assert turned.evidence[0]["setting"]["mu_norm"] == 1.0
    assert turned.evidence[0]["measured"] == 2.0


# --- seeds and arguments


@pytest.mark.parametrize(("kind", "count"), [("bound", 5), ("identity", 5), ("probability", 20)])
@pytest.mark.parametrize("block", [0, 1, 12])
def test_seeds_of_a_block(state, kind, count, block):
    seen = []

    def claim(o):
        seen.append(o.seed)
        return ALWAYS(o)

    state(kind, claim)
    assert check("made_up", seed=block).seed == block
    assert seen == [block * 1_000_000 + k for k in range(count)]


# --- a whole run


@pytest.fixture
def alone(monkeypatch):
    """Leave only the made-up statements in the engine's catalogue."""
    few = Catalogue()
    monkeypatch.setattr(import_module("verify.check"), "catalogue", few)  # `verify.check` itself is the function
    return few


def open_verdict(state, p_value, kind="probability", id="made_up", **changes):
    state(kind, id=id)
    return replace(check(id), status="inconclusive", p_value=p_value, **changes)


def test_holm_rejects_by_holm(state):
    random = len(random_statements()) + 3  # with the made-up ones
    first = open_verdict(state, LEVEL / (random + 1), id="first")
    second = open_verdict(state, LEVEL / (random - 0.5), id="second")  # only rejected at Holm's second step
    third = open_verdict(state, LEVEL / (random - 2.5), id="third")  # and this one not even at its third
    assert [v.status for v in with_holm([third, second, first])] == ["inconclusive", "refuted", "refuted"]
    assert [v.status for v in with_holm([third, second])] == ["inconclusive", "inconclusive"]
    assert len(random_statements()) == random


def test_holm_leaves_controls_bounds_and_decided_verdicts_alone(state):
    verdicts = [
        open_verdict(state, 1e-9, control="broken"),
        open_verdict(state, 1e-9, kind="bound", id="a_bound"),
        replace(open_verdict(state, 1e-9), status="confirmed"),
        replace(open_verdict(state, 1e-9), status="hypotheses not met"),
        replace(open_verdict(state, 1e-9), status="refuted"),
    ]
    assert with_holm(verdicts) == verdicts
    assert with_holm([]) == []


def test_p_value_of_a_statement_is_corrected_for_its_parts(state):
    # so that it is below its share of the level exactly where a part was refuted
    state("probability", fails_on(lambda seed: seed % 12 == 0), worlds=(WORLD,) * 2, draws=DRAWS)
    verdict = check("made_up")
    share = LEVEL / len(random_statements())
    assert (verdict.p_value <= share) == (verdict.status == "refuted")
    for low in np.linspace(0.2, 0.5, 61):
        ladder = slope_between("x", rungs(), power, low, 1.0)
        state("scaling", ladders=(ladder, *(replace(ladder, finite=Finite("", end, 1.0)) for end in (-1.0, -2.0))))
        verdict = check("made_up")
        assert (verdict.p_value <= share) == (verdict.status == "refuted")


def test_holm_counts_the_looks_and_worlds_of_a_statement(state, alone):
    # 10 worlds, all true; the unluckiest has p = 0.03 or so, which happens to one in four such statements by chance.
    # Ten worlds with three looks each make that p-value harmless, so no procedure at level 0.05 may refute.
    def claim(o):
        return fails_on(lambda seed: o.world.delta == 0.051 and seed % 15 == 0)(o)

    worlds = (replace(WORLD, delta=0.051), *(WORLD,) * 9)
    alone["made_up"] = state("probability", claim, worlds=worlds, draws=DRAWS)
    verdict = check("made_up")
    assert verdict.status == "inconclusive"
    p = min(part["p_value"] for part in verdict.evidence if part["form"] == "proportion")
    assert 0.02 < p < 0.05
    assert with_holm([verdict]) == [verdict]
