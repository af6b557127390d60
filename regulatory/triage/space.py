"""Every completion at once: a set of whole answers is one integer, each bit one combination of the open facts.

An expression of the rule table is true on some combinations; these are a bit set, and "all", "any" and "not" are one
operation each on whole sets. So the questions that are open cost nothing to try, and the tests run over the whole space
of answers with the same code that answers a person.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from regulatory.triage.table import Rule, Table, operation

Bits = int


class Space:
    """All combinations of some facts, each fact with the values it may still take.

    :param values: the values in play by fact; a known fact has one. The first fact varies fastest.
    """

    def __init__(self, table: Table, values: Mapping[str, Sequence[str]]) -> None:
        self.table = table
        self.values = {name: tuple(several) for name, several in values.items()}
        self.strides: dict[str, int] = {}
        self.size = 1
        for name, several in self.values.items():
            self.strides[name] = self.size
            self.size *= len(several)
        self.full: Bits = (1 << self.size) - 1
        self._literals: dict[tuple[str, frozenset[str]], Bits] = {}

    def where(self, name: str, wanted: Sequence[str]) -> Bits:
        """The combinations in which a fact has one of these values."""
        key = (name, frozenset(wanted))
        if key not in self._literals:
            found: Bits = 0
            for index, value in enumerate(self.values[name]):
                if value in key[1]:
                    found |= self._at(name, index)
            self._literals[key] = found
        return self._literals[key]

    def holds(self, tree: Mapping[str, Any]) -> Bits:
        """The combinations in which an expression of the table is true."""
        operator, operand = operation(tree)
        if operator == "input":
            return self.where(operand, tree["in"])
        if operator == "reason":
            return self.reason(operand)
        if operator == "not":
            return self.full ^ self.holds(operand)
        if operator == "group":
            parts = [self.reason(one.id) for one in self.table.reasons.values() if one.kind == operand]
            return self._either(parts)
        parts = [self.holds(part) for part in operand]
        return self._either(parts) if operator == "any" else self._both(parts)

    def reason(self, name: str) -> Bits:
        """The combinations in which a reason holds."""
        return self.holds(self.table.reasons[name].when)

    @cached_property
    def fired(self) -> Mapping[str, Bits]:
        """The combinations in which each rule is the first that matches; they share none and cover all."""
        left, found = self.full, {}
        for rule in self.table.rules.values():
            found[rule.id] = left & self.holds(rule.when)
            left ^= found[rule.id]
        return found

    @cached_property
    def outcomes(self) -> Mapping[str, Bits]:
        """The combinations that lead to each outcome; outcomes that none leads to are left out."""
        found: dict[str, Bits] = {}
        for rule in self.table.rules.values():
            if bits := self.fired[rule.id]:
                found[rule.outcome] = found.get(rule.outcome, 0) | bits
        return found

    def with_value(self, bits: Bits, name: str, value: str) -> Bits:
        """A set cut down to one value of a fact and moved to where the fact's first value stands, to be compared."""
        index = self.values[name].index(value)
        return (bits & self._at(name, index)) >> (index * self.strides[name])

    def weight(self, name: str) -> float:
        """In which share of the other combinations the answer to this one question changes the outcome, 0 to 1."""
        first, *others = self.values[name]
        changed: Bits = 0
        for bits in self.outcomes.values():
            here = self.with_value(bits, name, first)
            for value in others:
                changed |= here ^ self.with_value(bits, name, value)
        return changed.bit_count() / (self.size // len(self.values[name]))

    def deciding_rules(self) -> list[Rule]:
        """The rules that decide in some combination, in the order of the table."""
        return [rule for rule in self.table.rules.values() if self.fired[rule.id]]

    def _at(self, name: str, index: int) -> Bits:
        """The combinations in which a fact has the value of that number: a block of ones, repeated."""
        stride, period = self.strides[name], self.strides[name] * len(self.values[name])
        pattern: Bits = ((1 << stride) - 1) << (index * stride)
        while period < self.size:
            pattern |= pattern << period
            period *= 2
        return pattern & self.full

    def _both(self, parts: Sequence[Bits]) -> Bits:
        found = self.full
        for part in parts:
            found &= part
        return found

    def _either(self, parts: Sequence[Bits]) -> Bits:
        found: Bits = 0
        for part in parts:
            found |= part
        return found
