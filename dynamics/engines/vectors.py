"""Rows of eight doubles in the vector registers of the processor: what numba's own loops do not reach.

numba compiles a loop over a row of 20 filters into a vector part and a scalar rest, and keeps no block of a product in
registers. Here the few operations that a step consists of are written as vectors of `WIDTH` doubles. Every row is
padded with zeros to a multiple of `WIDTH`. Sums run over samples in their order, one fused multiply-add a sample, so
that the bits of a result do not depend on how a product is cut into blocks.
"""

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
_BLOCK = 128  # samples that are summed up before a block is written, so that what is read stays in the cache

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
    kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{WIDTH}f64"), [a, b, c])


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
    following = builder.add(k, _INT(step))
    k.add_incoming(first, before)
    k.add_incoming(following, inside)
    for phi, value, new in zip(held, carried, made, strict=True):
        phi.add_incoming(value, before)
        phi.add_incoming(new, inside)
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

    def row(self, k: int, which: int) -> Value:
        """Start of row number `which` (an argument) of an array."""
        offset = self.builder.mul(self.integer(which), self.width(k))
        return self.builder.gep(self.array(k).data, [offset])


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


def _write_row_sum(builder: Builder, given: _Arguments) -> Value:
    z, j = given.row(0, 1), given.array(2).data

    def body(k: Value, held: list[Value]) -> list[Value]:
        value = _load(builder, z, k)
        positive = builder.select(builder.fcmp_ordered(">", value, _ZERO), value, _ZERO)
        return [_multiply_add(builder, positive, _load(builder, j, k), held[0])]

    return _sum(builder, *_loop(builder, _INT(0), given.width(0), WIDTH, [_ZERO], body))


def _write_row_gate(builder: Builder, given: _Arguments) -> None:
    z, above, below = given.row(0, 1), _splat(builder, given.values[2]), _splat(builder, given.values[3])
    j, out = given.array(4).data, given.row(5, 1)

    def body(k: Value, held: list[Value]) -> list[Value]:
        value = _load(builder, z, k)
        negative = builder.select(builder.fcmp_ordered("<", value, _ZERO), below, _ZERO)
        chosen = builder.select(builder.fcmp_ordered(">", value, _ZERO), above, negative)
        _store(builder, builder.fmul(chosen, _load(builder, j, k)), out, k)
        return []

    _loop(builder, _INT(0), given.width(0), WIDTH, [], body)


def _write_row_copy(builder: Builder, given: _Arguments) -> None:
    source, out = given.row(0, 1), given.row(2, 3)

    def body(k: Value, held: list[Value]) -> list[Value]:
        _store(builder, _load(builder, source, k), out, k)
        return []

    _loop(builder, _INT(0), given.width(0), WIDTH, [], body)


def _write_row_add(builder: Builder, given: _Arguments) -> None:
    scale, source, out = _splat(builder, given.values[0]), given.row(1, 2), given.row(3, 4)

    def body(k: Value, held: list[Value]) -> list[Value]:
        _store(builder, _multiply_add(builder, scale, _load(builder, source, k), _load(builder, out, k)), out, k)
        return []

    _loop(builder, _INT(0), given.width(1), WIDTH, [], body)


def _write_two_to(builder: Builder, given: _Arguments) -> Value:
    exponent = builder.fptosi(given.values[0], _INT)
    return builder.bitcast(builder.shl(builder.add(exponent, _INT(1023)), _INT(52)), _DOUBLE)


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


row_sum = _operation(3, _write_row_sum, types.float64)
"""`row_sum(z, a, j)`: `sum_k j[k] max(z[a, k], 0)`."""

row_gate = _operation(6, _write_row_gate)
"""`row_gate(z, a, above, below, j, out)`: `out[a, k] = j[k]` times `above`, `below` or 0, as `z[a, k]` >, < or = 0."""

row_copy = _operation(4, _write_row_copy)
"""`row_copy(z, a, out, b)`: `out[b] = z[a]`."""

row_add = _operation(5, _write_row_add)
"""`row_add(scale, z, a, out, b)`: `out[b] += scale z[a]`."""

two_to = _operation(1, _write_two_to, types.float64)
"""`two_to(k)`: `2^k` for a whole number between -1022 and 1023, given as a double."""

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
