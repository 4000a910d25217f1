"""The attack: a search for counterexamples of statements, inside their hypotheses."""

from verify.attack.attack import attack, counterexample, targets

__all__ = ["attack", "counterexample", "targets"]
