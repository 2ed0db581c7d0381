"""Answers of `lab send` belong to the copy that left last before them, however long copies wait for their turn."""

from __future__ import annotations

from scapy.layers.inet import ICMP, IP

from netwatch.lab.send import SendOptions, _Copies


def test_copies_that_leave_as_far_apart_as_answers_are_waited_for() -> None:
    """The time to wait begins when a copy has left, not when it is got ready: one was, a second ahead."""
    now = [0.0]
    options = SendOptions(3, 1.0, 1.0, live=True)
    copies = _Copies(IP(src="10.0.0.1", dst="10.0.0.2") / ICMP(), options, lambda: now[0])
    answer = bytes(IP(src="10.0.0.2", dst="10.0.0.1") / ICMP(type=0))
    probes, found = copies.probes(), []
    following = next(probes, None)
    while following is not None:
        following = next(probes, None)  # as exchange() does once it has sent
        now[0] += 0.0001
        found.append(copies.match(answer))
        now[0] += 1.0
    assert found == [1, 2, 3]


def test_an_answer_after_the_wait_is_nobodys() -> None:
    """The copy was given up."""
    now = [0.0]
    copies = _Copies(IP(src="10.0.0.1", dst="10.0.0.2") / ICMP(), SendOptions(1, None, 1.0, live=False), lambda: now[0])
    assert [probe.key for probe in copies.probes()] == [1]
    now[0] = 1.1
    assert copies.match(bytes(IP(src="10.0.0.2", dst="10.0.0.1") / ICMP(type=0))) is None
