"""Rows of eight doubles in the vector registers of the processor: what numba's own loops do not reach.

numba compiles a loop over a row of 20 filters into a vector part and a scalar rest, and keeps no block of a product in
registers. Here the few operations that a step consists of are written as vectors of `WIDTH` doubles. Every row is
padded with zeros to a multiple of `WIDTH`. Sums run over samples in their order, one fused multiply-add a sample, so
that the bits of a result do not depend on how a product is cut into blocks.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from dynamics.arrays import Array
from dynamics.engines.jit import jit

WIDTH = 8
"""Doubles in one vector; processors with shorter registers take it in two or four parts."""

_DOUBLE, _INT, _VECTOR = ir.DoubleType(), ir.IntType(64), ir.VectorType(ir.DoubleType(), WIDTH)
_ZERO = ir.Constant(_VECTOR, [0.0] * WIDTH)
_WIDE = bool(binding.get_host_cpu_features().get("avx512f"))
_ROWS, _VECTORS = (6, 4) if _WIDE else (4, 1)  # of the largest block whose sums fit into the registers
_SHORT = 5  # vectors of the longest rows that are gone through without a loop
_BLOCK = 128  # samples that are summed up before a block is written, so that what is read stays in the cache

_LARGEST = 700.0  # of the arguments of exp
_LOG2_E = 1.4426950408889634
_LN_2, _LN_2_REST = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # the first with 20 zeros at its end
_FACTORIALS = tuple(1.0 / math.factorial(k) for k in range(14))

Rows = NDArray[np.intp]
Builder = Any  # of llvmlite, which is not annotated
Value = Any


def padded(length: int) -> int:
    """Return the length of a row with its padding."""
    return -(-length // WIDTH) * WIDTH


@jit
def zeros(rows: int, width: int) -> Array:
    """Return zeros of shape (rows, width) that start where a vector may start: others lie in two lines of the cache."""
    memory = np.zeros(rows * width + WIDTH)
    skipped = (-memory.ctypes.data // 8) % WIDTH
    return memory[skipped : skipped + rows * width].reshape(rows, width)


def _splat(builder: Builder, value: Value) -> Value:
    nothing = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(nothing, value, ir.IntType(32)(0))
    return builder.shuffle_vector(first, nothing, ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH))


def _multiply_add(builder: Builder, a: Value, b: Value, c: Value) -> Value:
    return _intrinsic(builder, "fma", a, b, c)


def _sum(builder: Builder, vector: Value) -> Value:
    kind = ir.FunctionType(_DOUBLE, [_DOUBLE, _VECTOR])
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.vector.reduce.fadd.v{WIDTH}f64")
    return builder.call(function, [_DOUBLE(0.0), vector], fastmath=("reassoc", "nsz"))


def _at(builder: Builder, start: Value, offset: Value) -> Value:
    return builder.bitcast(builder.gep(start, [offset]), _VECTOR.as_pointer())


def _load(builder: Builder, start: Value, offset: Value) -> Value:
    return builder.load(_at(builder, start, offset), align=8)


def _store(builder: Builder, vector: Value, start: Value, offset: Value) -> None:
    builder.store(vector, _at(builder, start, offset), align=8)


def _loop(
    builder: Builder,
    first: Value,
    last: Value,
    step: int,
    carried: Sequence[Value],
    body: Callable[[Value, list[Value]], Sequence[Value]],
) -> list[Value]:
    """Write a loop that runs at least once, and return what it carries from turn to turn as it ends."""
    before, inside, after = builder.block, builder.append_basic_block(), builder.append_basic_block()
    builder.branch(inside)
    builder.position_at_end(inside)
    k = builder.phi(_INT)
    held = [builder.phi(value.type) for value in carried]
    made = list(body(k, held))
    following, end = builder.add(k, _INT(step)), builder.block
    k.add_incoming(first, before)
    k.add_incoming(following, end)
    for phi, value, new in zip(held, carried, made, strict=True):
        phi.add_incoming(value, before)
        phi.add_incoming(new, end)
    builder.cbranch(builder.icmp_signed("<", following, last), inside, after)
    builder.position_at_end(after)
    return made


class _Arguments:
    """The arguments of one call, as values of LLVM: arrays by their start and row length."""

    def __init__(self, context: Any, builder: Builder, signature: Any, values: Sequence[Value]) -> None:
        self.context, self.builder, self.kinds, self.values = context, builder, signature.args, values

    def array(self, k: int) -> Any:
        return self.context.make_array(self.kinds[k])(self.context, self.builder, value=self.values[k])

    def width(self, k: int) -> Value:
        return self.builder.extract_value(self.array(k).shape, 1)

    def integer(self, k: int) -> Value:
        return self.context.cast(self.builder, self.values[k], self.kinds[k], types.int64)

    def length(self, k: int) -> Value:
        return self.builder.extract_value(self.array(k).shape, 0)

    def row(self, k: int, number: Value) -> Value:
        """Start of a row of an array."""
        return self.builder.gep(self.array(k).data, [self.builder.mul(number, self.width(k))])

    def row_of(self, k: int, numbers: int, place: Value) -> Value:
        """Start of the row of an array whose number stands at a place of another argument."""
        return self.row(k, self.builder.load(self.builder.gep(self.array(numbers).data, [place])))


def _operation(arguments: int, write: Callable[[Builder, _Arguments], Value], returns: Any = types.void) -> Any:
    """Return a function for compiled code whose instructions are written by `write`."""

    def typed(*kinds: Any) -> Any:
        def generate(context: Any, builder: Builder, signature: Any, values: Sequence[Value]) -> Value:
            made = write(builder, _Arguments(context, builder, signature, values))
            return context.get_dummy_value() if made is None else made

        return returns(*kinds), generate

    names = ", ".join(f"a{k}" for k in range(arguments))
    # numba reads the number of arguments off the function
    return intrinsic(eval(f"lambda context, {names}: typed({names})", {"typed": typed}))


Across = Callable[[Sequence[Value], Callable[[Value, list[Value]], Sequence[Value]]], list[Value]]


def _each_row(builder: Builder, count: Value, width: Value, write: Callable[[Value, Across], None]) -> None:
    """Write `write(a, across)` for each row a of so many; `across(carried, body)` goes through the vectors of a row.

    Rows of a few vectors have code of their own without an inner loop, since a step at the sizes of the paper is made
    of nothing else.
    """

    def straight(vectors: int) -> Across:
        def across(carried: Sequence[Value], body: Callable[[Value, list[Value]], Sequence[Value]]) -> list[Value]:
            held = list(carried)
            for v in range(vectors):
                held = list(body(_INT(WIDTH * v), held))
            return held

        return across

    def loop(carried: Sequence[Value], body: Callable[[Value, list[Value]], Sequence[Value]]) -> list[Value]:
        return _loop(builder, _INT(0), width, WIDTH, carried, body)

    def rows(across: Across) -> None:
        def body(a: Value, _: list[Value]) -> list[Value]:
            write(a, across)
            return []

        _loop(builder, _INT(0), count, 1, [], body)

    long, done = builder.append_basic_block(), builder.append_basic_block()
    choice = builder.switch(width, long)
    for vectors in range(1, _SHORT + 1):
        case = builder.append_basic_block()
        choice.add_case(_INT(WIDTH * vectors), case)
        builder.position_at_end(case)
        rows(straight(vectors))
        builder.branch(done)
    builder.position_at_end(long)
    rows(loop)
    builder.branch(done)
    builder.position_at_end(done)


def _write_row_sums(builder: Builder, given: _Arguments) -> None:
    j, out = given.array(2).data, given.array(3).data

    def row(a: Value, across: Across) -> None:
        z = given.row_of(0, 1, a)

        def body(k: Value, held: list[Value]) -> list[Value]:
            value = _load(builder, z, k)
            positive = builder.select(builder.fcmp_ordered(">", value, _ZERO), value, _ZERO)
            return [_multiply_add(builder, positive, _load(builder, j, k), held[0])]

        builder.store(_sum(builder, *across([_ZERO], body)), builder.gep(out, [a]))

    _each_row(builder, given.length(1), given.width(0), row)


def _write_row_gates(builder: Builder, given: _Arguments) -> None:
    slopes, j = given.array(3).data, given.array(4).data

    def row(a: Value, across: Across) -> None:
        following = builder.add(a, _INT(1))
        z, out = given.row_of(0, 1, following), given.row(5, following)
        height = builder.fmul(given.values[2], builder.load(builder.gep(slopes, [a])))
        above = _splat(builder, height)

        def body(k: Value, held: list[Value]) -> list[Value]:
            positive = builder.fcmp_ordered(">", _load(builder, z, k), _ZERO)
            _store(builder, builder.select(positive, builder.fmul(above, _load(builder, j, k)), _ZERO), out, k)
            return []

        across([], body)

    _each_row(builder, builder.sub(given.length(1), _INT(1)), given.width(0), row)


def _write_signal_gate(builder: Builder, given: _Arguments) -> None:
    z, above, below = given.array(0).data, _splat(builder, given.values[1]), _splat(builder, given.values[2])
    j, out = given.array(3).data, given.array(4).data

    def body(k: Value, held: list[Value]) -> list[Value]:
        value = _load(builder, z, k)
        negative = builder.select(builder.fcmp_ordered("<", value, _ZERO), below, _ZERO)
        chosen = builder.select(builder.fcmp_ordered(">", value, _ZERO), above, negative)
        _store(builder, builder.fmul(chosen, _load(builder, j, k)), out, k)
        return []

    _loop(builder, _INT(0), given.width(0), WIDTH, [], body)


def _write_rows_moved(builder: Builder, given: _Arguments) -> None:
    scale = _splat(builder, given.values[2])

    def row(a: Value, across: Across) -> None:
        z, move, out = given.row_of(0, 1, a), given.row(3, a), given.row(4, a)

        def body(k: Value, held: list[Value]) -> list[Value]:
            _store(builder, _multiply_add(builder, scale, _load(builder, move, k), _load(builder, z, k)), out, k)
            return []

        across([], body)

    _each_row(builder, given.length(1), given.width(0), row)


def _write_add_to_rows(builder: Builder, given: _Arguments) -> None:
    scale = _splat(builder, given.values[0])

    def row(a: Value, across: Across) -> None:
        source, out = given.row(1, a), given.row_of(2, 3, a)

        def body(k: Value, held: list[Value]) -> list[Value]:
            _store(builder, _multiply_add(builder, scale, _load(builder, source, k), _load(builder, out, k)), out, k)
            return []

        across([], body)

    _each_row(builder, given.length(3), given.width(1), row)


def _intrinsic(builder: Builder, name: str, *values: Value) -> Value:
    kind = ir.FunctionType(_VECTOR, [_VECTOR] * len(values))
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{WIDTH}f64"), values)


def _constant(value: float) -> Value:
    return ir.Constant(_VECTOR, [value] * WIDTH)


def _exponential(builder: Builder, x: Value) -> Value:
    low, high = _constant(-_LARGEST), _constant(_LARGEST)
    x = builder.select(builder.fcmp_ordered(">", x, low), x, low)
    x = builder.select(builder.fcmp_ordered("<", x, high), x, high)
    k = _intrinsic(builder, "rint", builder.fmul(x, _constant(_LOG2_E)))
    minus = builder.fneg(k)
    r = _multiply_add(builder, minus, _constant(_LN_2), x)
    r = _multiply_add(builder, minus, _constant(_LN_2_REST), r)
    series = _constant(_FACTORIALS[-1])
    for term in reversed(_FACTORIALS[:-1]):
        series = _multiply_add(builder, series, r, _constant(term))
    whole = ir.VectorType(_INT, WIDTH)
    exponent = builder.add(builder.fptosi(k, whole), ir.Constant(whole, [1023] * WIDTH))
    power = builder.bitcast(builder.shl(exponent, ir.Constant(whole, [52] * WIDTH)), _VECTOR)
    return builder.fmul(series, power)


def _write_exponentials(builder: Builder, given: _Arguments) -> None:
    x, out = given.array(0).data, given.array(1).data

    def body(k: Value, held: list[Value]) -> list[Value]:
        _store(builder, _exponential(builder, _load(builder, x, k)), out, k)
        return []

    _loop(builder, _INT(0), given.length(0), WIDTH, [], body)


def _write_slopes(builder: Builder, given: _Arguments) -> None:
    """Write margins and slopes of eight samples at a time."""
    sums, y, positive, margins, slopes = (given.array(k).data for k in (0, 2, 3, 6, 7))
    first = builder.load(sums)
    up, down = _splat(builder, first), _splat(builder, builder.fsub(first, given.values[1]))
    copies, m = _splat(builder, given.values[4]), _splat(builder, given.values[5])
    share = _splat(builder, given.values[8])

    def body(k: Value, held: list[Value]) -> list[Value]:
        label = _load(builder, y, k)
        signal = builder.select(builder.fcmp_ordered(">", _load(builder, positive, k), _ZERO), up, down)
        output = _multiply_add(builder, copies, _load(builder, sums, builder.add(k, _INT(1))), signal)
        margin = builder.fdiv(builder.fmul(label, output), m)
        _store(builder, margin, margins, k)
        below = builder.fadd(_constant(1.0), _exponential(builder, margin))
        _store(builder, builder.fdiv(builder.fmul(builder.fneg(share), label), below), slopes, k)
        return []

    _loop(builder, _INT(0), given.length(7), WIDTH, [], body)


def _write_class_sum(builder: Builder, given: _Arguments) -> Value:
    values, positive, wanted = given.array(0).data, given.array(1).data, _splat(builder, given.values[2])

    def body(k: Value, held: list[Value]) -> list[Value]:
        chosen = builder.fcmp_ordered("==", _load(builder, positive, k), wanted)
        return [builder.fadd(held[0], builder.select(chosen, _load(builder, values, k), _ZERO))]

    return _sum(builder, *_loop(builder, _INT(0), given.length(0), WIDTH, [_ZERO], body))


def _write_signal_sum(builder: Builder, given: _Arguments) -> Value:
    z, j = given.array(0).data, given.array(1).data

    def body(k: Value, held: list[Value]) -> list[Value]:
        return [_multiply_add(builder, _load(builder, z, k), _load(builder, j, k), held[0])]

    return _sum(builder, *_loop(builder, _INT(0), given.width(0), WIDTH, [_ZERO], body))


def _write_block(builder: Builder, given: _Arguments) -> None:
    """`out[a:a+rows] += scale K[R[a:a+rows]][:, C[first:last]] G[first:last]` on some vectors of each row."""
    done = builder.append_basic_block()
    rows, vectors = given.integer(6), given.integer(8)
    choice = builder.switch(builder.add(builder.mul(rows, _INT(_VECTORS)), vectors), done)
    for r in range(1, _ROWS + 1):
        for v in range(1, _VECTORS + 1):
            case = builder.append_basic_block()
            choice.add_case(_INT(r * _VECTORS + v), case)
            builder.position_at_end(case)
            _write_case(builder, given, r, v)
            builder.branch(done)
    builder.position_at_end(done)


def _write_case(builder: Builder, given: _Arguments, rows: int, vectors: int) -> None:
    of_row, of_column, K, G, out = (given.array(k).data for k in range(1, 6))
    start, begin = given.integer(7), builder.mul(given.integer(9), _INT(WIDTH))
    width = given.width(4)
    places = [builder.add(start, _INT(r)) for r in range(rows)]
    left = [builder.gep(K, [builder.mul(builder.load(builder.gep(of_row, [a])), given.width(3))]) for a in places]

    def body(b: Value, held: list[Value]) -> list[Value]:
        column = builder.load(builder.gep(of_column, [b]))
        right = builder.gep(G, [builder.add(builder.mul(b, width), begin)])
        parts = [_load(builder, right, _INT(WIDTH * v)) for v in range(vectors)]
        factors = [_splat(builder, builder.load(builder.gep(row, [column]))) for row in left]
        pairs = [(factor, part) for factor in factors for part in parts]
        return [_multiply_add(builder, *pair, total) for pair, total in zip(pairs, held, strict=True)]

    totals = _loop(builder, given.integer(10), given.integer(11), 1, [_ZERO] * (rows * vectors), body)
    scale = _splat(builder, given.values[0])
    for k, total in enumerate(totals):
        target = builder.gep(out, [builder.add(builder.mul(places[k // vectors], width), begin)])
        offset = _INT(WIDTH * (k % vectors))
        _store(builder, _multiply_add(builder, scale, total, _load(builder, target, offset)), target, offset)


row_sums = _operation(4, _write_row_sums)
"""`row_sums(z, rows, j, out)`: `out[a] = sum_k j[k] max(z[rows[a], k], 0)`."""

row_gates = _operation(6, _write_row_gates)
"""`row_gates(z, rows, scale, slopes, j, out)`: of all rows but the first, `out[1+b, k] = scale slopes[b] j[k]` where
`z[rows[1+b], k] > 0`, else 0."""

signal_gate = _operation(5, _write_signal_gate)
"""`signal_gate(z, above, below, j, out)`: `out[0, k] = j[k]` times `above`, `below` or 0, as `z[0, k]` >, < or = 0."""

rows_moved = _operation(5, _write_rows_moved)
"""`rows_moved(z, rows, scale, move, out)`: `out[a] = z[rows[a]] + scale move[a]`."""

add_to_rows = _operation(4, _write_add_to_rows)
"""`add_to_rows(scale, source, out, rows)`: `out[rows[a]] += scale source[a]`."""

exponentials = _operation(2, _write_exponentials)
"""`exponentials(x, out)`: `exp(x)`, with x held between -700 and 700, to a relative error below 4e-16.

`exp(x) = 2^k exp(r)`, `|r| <= log(2)/2`, by the first 14 terms of the series (the rest is below 1e-17). NaN becomes a
number. The length is a multiple of `WIDTH`.
"""

write_slopes = _operation(9, _write_slopes)
"""`write_slopes(sums, signal, y, positive, copies, m, margins, slopes, share)`: of samples whose rows of `z` have the
sums `sums[1:]`, and mu's row has `sums[0]`, and `signal = sum_k j[k] z[0, k]`.

`margins = y ((sums[0] if positive else sums[0] - signal) + copies sums[1:]) / m`, since `max(-z, 0) = max(z, 0) - z`;
`slopes = -share y / (1 + exp(margins))`. Lengths are a multiple of `WIDTH`, that of `sums` one more.
"""

class_sum = _operation(3, _write_class_sum, types.float64)
"""`class_sum(values, positive, which)`: sum of the values where `positive` is `which`, 1.0 or 0.0."""

signal_sum = _operation(2, _write_signal_sum, types.float64)
"""`signal_sum(z, j)`: `sum_k j[k] z[0, k]`."""

_block = _operation(12, _write_block)


@jit
def add_product(scale: float, rows: Rows, columns: Rows, K: Array, G: Array, out: Array) -> None:
    """Add a product to the rows of an array: `out += scale K[rows][:, columns] G`.

    Parameters
    ----------
    scale : float
    rows, columns : ndarray of int, shapes (A,) and (B,)
        Of K; B at least 1.
    K : ndarray, shape (N, N)
    G, out : ndarray, shapes (B, M) and (A, M)
        `M` a multiple of `WIDTH`; changed in place.
    """
    vectors = G.shape[1] // WIDTH
    widest = -(-vectors // (-(-vectors // _VECTORS)))  # blocks of about equal size, so that none is too small
    tallest = -(-len(rows) // (-(-len(rows) // _ROWS)))
    for first in range(0, len(columns), _BLOCK):
        last = min(first + _BLOCK, len(columns))
        for v in range(0, vectors, widest):
            for a in range(0, len(rows), tallest):
                _block(
                    scale,
                    rows,
                    columns,
                    K,
                    G,
                    out,
                    min(tallest, len(rows) - a),
                    a,
                    min(widest, vectors - v),
                    v,
                    first,
                    last,
                )
