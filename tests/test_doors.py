"""Every door refuses every bad input of the table, in one sentence with field, value and rule."""

import dataclasses
import inspect
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from door import FOLDER
from doors import ARRAYS, DOORS, SETTING, page

import samverify
from dynamics import Phase, Sample, Setting, Trajectory, draw, test_error, train, train_ensemble, train_network
from verify import check, check_control

ROWS = [(k, row) for k, door in enumerate(DOORS) for row in range(len(door.refuses))]


@cache
def answer(k, row):
    """What a door says, of exactly its error; each is asked once."""
    return DOORS[k].message(DOORS[k].refuses[row])


@pytest.mark.parametrize(
    ("k", "row"), ROWS, ids=[f"{DOORS[k].name}: {DOORS[k].refuses[row].description[:60]}" for k, row in ROWS]
)
def test_refused_with_field_value_and_rule(k, row):
    bad, message = DOORS[k].refuses[row], answer(k, row)
    assert bad.field_in_message in message
    assert bad.value_in_message in message
    assert bad.rule in message
    assert message.isprintable()  # one line
    assert len(message) < 1500  # the longest list all statements


@pytest.mark.parametrize(
    "door", [door for door in DOORS if door.error is ValueError], ids=lambda door: door.name.replace(" ", "-")
)
def test_good_arguments_are_accepted(door):
    door.call()


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("Setting", Setting.__init__),
        ("Phase", Phase.__init__),
        ("draw", draw),
        ("Sample, and dataclasses.replace of one", Sample.__init__),
        ("Sample.from_arrays", Sample.from_arrays),
        ("Sample.load", Sample.load),
        ("Sample.save", Sample.save),
        ("Trajectory.load", Trajectory.load),
        ("Trajectory.save", Trajectory.save),
        ("Trajectory.weights", Trajectory.weights),
        ("Trajectory.from_weights", Trajectory.from_weights),
        ("train", train),
        ("train_network", train_network),
        ("train_ensemble", train_ensemble),
        ("test_error", test_error),
        ("check", check),
        ("check_control", check_control),
    ],
)
def test_every_argument_has_a_row(name, function):
    arguments = {"n", *SETTING} if name == "Setting" else set(inspect.signature(function).parameters)
    rows = {bad.argument for door in DOORS if door.name == name for bad in door.refuses}
    assert arguments - {"self", "unknown"} <= rows


@pytest.mark.parametrize("name", ["check", "conform", "predict", "report", "figures", "sweep"])
def test_every_option_of_a_command_has_a_row(name):
    function = getattr(samverify, name)
    flags = {option for option, p in inspect.signature(function).parameters.items() if isinstance(p.default, bool)}
    rows = {bad.argument for door in DOORS if door.name.startswith(f"samverify {name}") for bad in door.refuses}
    assert set(inspect.signature(function).parameters) - flags <= rows


def test_the_page_is_up_to_date():
    committed = Path(__file__).parent.parent / "docs" / "doors.md"
    assert committed.read_text(encoding="utf-8") == page(answer), "make doors"


# what looks odd and is right


@pytest.mark.parametrize("name", ["mu", "xi", "w0", "y", "y_hat", "signal_patch"])
def test_arrays_of_any_layout_are_copied(name):
    good = ARRAYS[name]
    apart = np.repeat(good, 2, axis=-1)[..., ::2]
    fixed = good.copy()
    fixed.flags.writeable = False
    for given in (apart, fixed, np.asfortranarray(good), good[::-1][::-1], good.tolist(), good.astype(">f8")):
        if name == "signal_patch":
            given = np.asarray(given).astype(np.int16) if np.asarray(given).dtype.kind == "f" else given
        own = getattr(Sample.from_arrays(**ARRAYS | {name: given}), name)
        assert np.array_equal(own, good)
        assert own.flags.c_contiguous
        assert own.dtype == good.dtype
        assert not np.shares_memory(own, given)
    assert not fixed.flags.writeable
    assert apart.flags.writeable


def test_a_sample_made_anew_is_checked_too():
    # the class, `from_arrays`, `load` and `dataclasses.replace` are one door
    x = Sample(**ARRAYS)
    turned = dataclasses.replace(x, y=-x.y)
    assert np.array_equal(turned.y, -x.y)
    with pytest.raises(ValueError, match="labels are"):
        dataclasses.replace(x, y=2 * x.y)
    assert ARRAYS["y"].flags.writeable


def test_the_folder_of_the_table_holds_no_drafts():
    for door in DOORS:
        if door.name.endswith(".save"):
            for bad in door.refuses:
                door.message(bad)
            door.call()
    assert not list(FOLDER.glob("*.part"))


def test_a_value_that_cannot_be_shown_is_refused_all_the_same():
    class Rude:
        def __repr__(self):
            raise RuntimeError("no text")

    with pytest.raises(ValueError, match=r"^Phase: epochs = <Rude .*> is not allowed: "):
        Phase("sgd", Rude())
    with pytest.raises(ValueError, match=r"^seed = <Rude .*> is not allowed: it must be an integer >= 0$"):
        draw(Setting(**SETTING), Rude())


def test_numbers_beyond_a_double_are_infinite():
    # where long numbers reach no further than doubles, they are infinite to begin with
    with np.errstate(over="ignore"):
        far = np.array(ARRAYS["mu"], dtype=np.longdouble) * np.longdouble("1e500")
    with pytest.raises(ValueError, match=r"^mu\[0\] = inf is not allowed: every entry must be finite$"):
        Sample.from_arrays(**ARRAYS | {"mu": np.where(ARRAYS["mu"] == 0, 0, far)})
