"""A classic BPF machine that runs one program over a whole block of frames, instruction by instruction in numpy."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from netwatch.capture.bpf_arithmetic import DIV, MOD, arithmetic, comparison
from netwatch.capture.bpf_program import ABS, ANCILLARY, IND, JA, JMP, LD, LDX, MISC, MSH, RET, ST, STX
from netwatch.capture.frame_facts import FrameFacts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.capture.bpf_program import BpfProgram, Instruction
    from netwatch.capture.frames import Frames

    Value: TypeAlias = int | NDArray[np.uint32]
    """A register: one value for all rows, or one each."""

MAX_BACKWARD_JUMPS: Final = 64
"""A frame that needs more is rejected, as libpcap's own machine does (bpf_filter.c)."""

_CHUNK = 16384
"""Frames run through at once, so that their columns stay in the processor's cache."""
_IMM, _MEM, _LEN = 0x00, 0x60, 0x80
_SIZES: Final = {0x00: 4, 0x08: 2, 0x10: 1}
_WORDS = 16
_A, _X = 1, 2
_EVERYTHING = (1 << (2 + _WORDS)) - 1
# bits of a set of registers; memory word n is bit 2 + n


def run(program: BpfProgram, frames: Frames, rows: NDArray[np.intp] | None = None) -> NDArray[np.uint32]:
    """Return for each of `rows` (default: all frames) how many bytes the program keeps, 0 where it rejects the frame.

    The semantics are those of libpcap's bpf_filter() on `captured` bytes with `wire_length` as the length; loads of
    ancillary data see what the Linux kernel saw of the frame, as far as Frames knows it. Shape (len(rows),).
    """
    if rows is None:
        rows = np.arange(len(frames))
    kept = np.zeros(len(rows), np.uint32)
    for start in range(0, len(rows), _CHUNK):
        part = slice(start, start + _CHUNK)
        _Machine(program, FrameFacts.of(frames, rows[part])).run_into(kept[part])
    return kept


@dataclass(slots=True)
class _Group:
    """Frames that are at the same instruction, with their registers."""

    rows: NDArray[np.intp]
    """Positions among the frames of the machine."""
    base: NDArray[np.int64]
    """Where each frame begins in the block."""
    a: Value = 0
    x: Value = 0
    memory: dict[int, Value] = field(default_factory=dict)

    def select(self, keep: NDArray[np.intp], live: int) -> _Group:
        """Return the group of only the positions `keep`, with the registers in the bit set `live`."""
        return _Group(
            self.rows.take(keep),
            self.base.take(keep),
            _selected(self.a, keep) if live & _A else 0,
            _selected(self.x, keep) if live & _X else 0,
            {word: _selected(value, keep) for word, value in self.memory.items() if live >> (2 + word) & 1},
        )


class _Machine:
    """One run; rows that load outside of their frame or divide by zero leave it with the result 0."""

    def __init__(self, program: BpfProgram, facts: FrameFacts) -> None:
        self._code = program.code
        self._live = live_registers(program)
        self._facts = facts
        self._pending: dict[tuple[int, int], list[_Group]] = {}
        """(backward jumps so far, instruction) -> groups that wait there; the lowest goes first, so that ways that
        meet again go on as one."""

    def run_into(self, kept: NDArray[np.uint32]) -> None:
        count = len(self._facts.base)
        self._push(0, 0, _Group(np.arange(count), self._facts.base))
        while self._pending:
            key = min(self._pending)
            self._advance(*key, _merged(self._pending.pop(key)), kept)

    def _advance(self, jumps: int, position: int, group: _Group, kept: NDArray[np.uint32]) -> None:
        """Run `group` to the next branch, end or meeting point."""
        while len(group.rows):
            instruction = self._code[position]
            kind = instruction.code & 0x07
            if kind == RET:
                kept[group.rows] = group.a if instruction.code & 0x18 else instruction.k
                return
            position += 1
            if kind == JMP:
                self._jump(instruction, jumps, position, group)
                return
            self._execute(instruction, kind, group)
            if (jumps, position) in self._pending or position >= len(self._code):
                self._push(jumps, position, group)
                return

    def _push(self, jumps: int, position: int, group: _Group) -> None:
        if 0 <= position < len(self._code) and len(group.rows) and not _rejects(self._code[position]):
            self._pending.setdefault((jumps, position), []).append(group)

    def _jump(self, instruction: Instruction, jumps: int, position: int, group: _Group) -> None:
        if instruction.code & 0xF0 == JA:
            distance = instruction.k - (1 << 32) if instruction.k >= 1 << 31 else instruction.k
            jumps += distance < 0
            if jumps <= MAX_BACKWARD_JUMPS and distance != -1:
                self._push(jumps, position + distance, group)
            return
        holds = comparison(instruction.code, group.a, group.x if instruction.code & 0x08 else instruction.k)
        yes, no = position + instruction.jt, position + instruction.jf
        if isinstance(holds, bool):
            self._push(jumps, yes if holds else no, group)
            return
        matching = np.count_nonzero(holds)
        if matching in (0, len(holds)):
            self._push(jumps, yes if matching else no, group)
            return
        for target, chosen in ((yes, holds), (no, ~holds)):
            if target < len(self._code) and not _rejects(self._code[target]):
                self._push(jumps, target, group.select(np.flatnonzero(chosen), self._live[target]))

    def _execute(self, instruction: Instruction, kind: int, group: _Group) -> None:
        """Run one instruction that is neither a jump nor a return, in place."""
        code, _, _, k = instruction
        if kind == LD:
            self._load(instruction, group)
        elif kind == LDX:
            self._load_index(instruction, group)
        elif kind == ST:
            group.memory[k % _WORDS] = group.a
        elif kind == STX:
            group.memory[k % _WORDS] = group.x
        elif kind == MISC:
            if code & 0xF8:
                group.a = group.x
            else:
                group.x = group.a
        else:
            if code & 0xF0 in (DIV, MOD):
                divisor = np.asarray(group.x if code & 0x08 else k)
                _keep(group, np.broadcast_to(divisor != 0, group.rows.shape))
            if len(group.rows):
                group.a = arithmetic(code, group.a, group.x if code & 0x08 else k)

    def _load(self, instruction: Instruction, group: _Group) -> None:
        code, _, _, k = instruction
        mode = code & 0xE0
        if mode == _IMM:
            group.a = k
        elif mode == _MEM:
            group.a = group.memory.get(k % _WORDS, 0)
        elif mode == _LEN:
            group.a = self._facts.wire_length.take(group.rows)
        elif mode == ABS and k >= ANCILLARY:
            known, value = self._facts.ancillary(k, group.rows)
            _keep(group, known)
            group.a = value[known]
        else:
            group.a = self._from_frame(group, k, _SIZES.get(code & 0x18, 0), indexed=mode == IND)

    def _load_index(self, instruction: Instruction, group: _Group) -> None:
        mode = instruction.code & 0xE0
        if mode == _IMM:
            group.x = instruction.k
        elif mode == _MEM:
            group.x = group.memory.get(instruction.k % _WORDS, 0)
        elif mode == _LEN:
            group.x = self._facts.wire_length.take(group.rows)
        elif mode == MSH:
            group.x = (self._from_frame(group, instruction.k, 1, indexed=False) & np.uint32(0x0F)) << np.uint32(2)
        else:
            _keep(group, np.zeros(len(group.rows), np.bool_))

    def _from_frame(self, group: _Group, k: int, size: int, *, indexed: bool) -> NDArray[np.uint32]:
        """Load `size` bytes in network order; rows whose frame does not hold them leave the group."""
        start: int | NDArray[np.int64] = k
        if indexed:
            start = k + (group.x if isinstance(group.x, int) else group.x.astype(np.int64))
        if not isinstance(start, int) or start + size > self._facts.shortest or not size:
            fits = (start + size <= self._facts.captured.take(group.rows)) & (size > 0)
            if not fits.all():
                start = start if isinstance(start, int) else start[fits]
                _keep(group, fits)
        return self._facts.load(group.base, start, size)


@lru_cache(maxsize=64)
def live_registers(program: BpfProgram) -> tuple[int, ...]:
    """Return for each instruction the registers that may be read before they are written again.

    Bit 0 is A, bit 1 is X, bit 2 + n is memory word n. Everything is live in a program that loops.
    """
    if program.loops:
        return (_EVERYTHING,) * program.instructions
    live = [0] * (program.instructions + 1)
    for position in range(program.instructions - 1, -1, -1):
        instruction = program.code[position]
        after = live[position + 1]
        if instruction.code & 0x07 == JMP:
            targets = (instruction.k,) if instruction.code & 0xF0 == JA else (instruction.jt, instruction.jf)
            after = 0
            for target in targets:
                after |= live[min(position + 1 + target, program.instructions)]
        written, read = _effect(instruction)
        live[position] = (after & ~written) | read
    return tuple(live[:-1])


def _effect(instruction: Instruction) -> tuple[int, int]:
    """Return the registers that an instruction writes and those that it reads."""
    code, _, _, k = instruction
    kind, mode, by_index = code & 0x07, code & 0xE0, code & 0x08
    word = 1 << (2 + k % _WORDS)
    if kind in (LD, LDX):
        return (_A if kind == LD else _X), (word if mode == _MEM else _X if mode == IND else 0)
    if kind in (ST, STX):
        return word, _A if kind == ST else _X
    if kind == RET:
        return _EVERYTHING, _A if code & 0x18 else 0
    if kind == MISC:
        return (_A, _X) if code & 0xF8 else (_X, _A)
    read = _A | (_X if by_index else 0)
    return (0 if kind == JMP else _A), read


def _rejects(instruction: Instruction) -> bool:
    return instruction.code == RET and instruction.k == 0


def _selected(value: Value, keep: NDArray[np.intp]) -> Value:
    return value if isinstance(value, int) else value.take(keep)


def _keep(group: _Group, mask: NDArray[np.bool_]) -> None:
    """Leave only the rows of `mask` in `group`."""
    if mask.all():
        return
    left = group.select(np.flatnonzero(mask), _EVERYTHING)
    group.rows, group.base, group.a, group.x, group.memory = left.rows, left.base, left.a, left.x, left.memory


def _merged(groups: list[_Group]) -> _Group:
    """Return groups that met at one instruction as one."""
    if len(groups) == 1:
        return groups[0]
    lengths = [len(group.rows) for group in groups]
    words = set().union(*(group.memory for group in groups))
    return _Group(
        np.concatenate([group.rows for group in groups]),
        np.concatenate([group.base for group in groups]),
        _joined([group.a for group in groups], lengths),
        _joined([group.x for group in groups], lengths),
        {word: _joined([group.memory.get(word, 0) for group in groups], lengths) for word in words},
    )


def _joined(values: list[Value], lengths: list[int]) -> Value:
    if all(isinstance(value, int) for value in values) and len(set(map(int, values))) == 1:
        return values[0]
    return np.concatenate(
        [
            np.full(length, value, np.uint32) if isinstance(value, int) else value
            for value, length in zip(values, lengths, strict=True)
        ]
    )
