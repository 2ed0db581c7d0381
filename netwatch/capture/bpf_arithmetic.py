"""The arithmetic and the comparisons of classic BPF: 32 bit, unsigned, over one value or one for each frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Value: TypeAlias = int | NDArray[np.uint32]

DIV: Final = 0x30
MOD: Final = 0x90
_NEG = 0x80
_LEFT, _RIGHT = 0x60, 0x70
_PLAIN: Final[dict[int, np.ufunc]] = {
    0x00: np.add,
    0x10: np.subtract,
    0x20: np.multiply,
    DIV: np.floor_divide,
    0x40: np.bitwise_or,
    0x50: np.bitwise_and,
    MOD: np.remainder,
    0xA0: np.bitwise_xor,
}
_COMPARISONS: Final[dict[int, np.ufunc]] = {0x10: np.equal, 0x20: np.greater, 0x30: np.greater_equal}
# the high four bits of a code, linux/bpf_common.h; the remaining comparison is JSET


def arithmetic(code: int, a: Value, operand: Value) -> Value:
    """Return the result of the ALU instruction `code`.

    An `operand` of a division must hold no 0; shifts by 32 and more give 0, as libpcap's bpf_filter() has it.
    """
    kind = code & 0xF0
    left, right = _wide(a), _wide(operand)
    if kind == _NEG:
        result = np.negative(left)
    elif kind in (_LEFT, _RIGHT):
        shift = np.left_shift if kind == _LEFT else np.right_shift
        result = np.where(right < 32, shift(left, np.minimum(right, 31)), 0)
    else:
        result = _PLAIN[kind](left, right)
    return _narrow(result & 0xFFFF_FFFF)


def comparison(code: int, a: Value, operand: Value) -> bool | NDArray[np.bool_]:
    """Return whether the condition of the jump instruction `code` holds."""
    compare = _COMPARISONS.get(code & 0xF0)
    holds = compare(a, operand) if compare else np.bitwise_and(a, operand) != 0
    return holds if isinstance(holds, np.ndarray) else bool(holds)


def _wide(value: Value) -> Any:
    """64 bits hold every intermediate result but for a product, whose low 32 bits are right all the same."""
    return np.uint64(value) if isinstance(value, int) else value.astype(np.uint64)


def _narrow(result: Any) -> Value:
    return result.astype(np.uint32) if isinstance(result, np.ndarray) else int(result)
