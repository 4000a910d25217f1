"""The chain of proofs: premises and conclusion asked of the same draws."""

from dataclasses import replace

from dynamics import Phase
from theorems import catalogue
from theorems.sgd import path
from theorems.whole import WHOLE
from verify.chain import chained, premises


def test_scalings_are_replaced_by_what_their_proofs_use():
    assert set(premises(catalogue["harmful_overfitting"])) >= {"balanced_logits", "noise_growth_closed_form"}
    assert "loss_convergence" not in premises(catalogue["harmful_overfitting"])


def test_a_conclusion_that_fails_where_the_premise_holds_is_a_hole():
    statement = catalogue["init_noise"]
    whole = chained(statement, statement.worlds[:1], 3)
    assert whole["premises"] == {"noise_norms": [3, 3, 3]}
    assert (whole["draws"], whole["held"], whole["concluded"], whole["holes"]) == (3, 3, 3, [])
    broken = replace(statement, claim=lambda o: [replace(i, bound=i.bound / 100) for i in statement.claim(o)])
    torn = chained(broken, statement.worlds[:1], 3)
    assert (torn["held"], torn["concluded"]) == (3, 0)
    assert [hole[0] for hole in torn["holes"]] == [0, 1, 2]


def test_no_conclusion_is_asked_where_a_premise_fails():
    sorted_out = replace(catalogue["margin_is_memorisation"], uses=("coefficient_scale",))
    far = replace(path.world(n=8, B=8, d=200, m=4, epochs=30), phases=(Phase("sgd", epochs=30),))
    found = chained(sorted_out, (replace(far, setting=far.setting.replace(eta=400 * far.setting.eta)),), 2)
    asked, held, _ = found["premises"]["coefficient_scale"]
    assert (asked, held, found["held"], found["holes"]) == (2, 0, 0, [])


def test_premises_of_a_theorem_are_asked_of_the_stage_that_they_speak_of():
    world = WHOLE["sam_benign"]
    sam, sgd = world.phases
    short = replace(world, phases=(replace_epochs(sam, 1_000), replace_epochs(sgd, 500)), record_every=100)
    found = chained("sam_benign", (short,), 1)
    assert {"noise_prevention", "signal_learning"} <= set(found["premises"])
    assert found["premises"]["noise_prevention"][1] == 1


def replace_epochs(phase, epochs):
    return phase.model_copy(update={"epochs": epochs})
