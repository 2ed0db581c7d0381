"""Names: who registered them, which are judged, and how much like noise they read."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.detect.dns_roles import query_type
from netwatch.detect.names.prepare import prepared
from netwatch.detect.names.suffixes import REMEMBERED, Suffixes
from netwatch.detect.names.train import preloaded_hosts, registered_labels, train
from netwatch.detect.names.trigrams import SIZE, TABLE, Trigrams, judgeable
from tests.detect.dga import FAMILIES, generated, word_list

SUSPICIOUS = 5.0
TRIGRAMS = Trigrams()
SUFFIXES = Suffixes()


@pytest.mark.parametrize(
    ("name", "registered", "delegated"),
    [
        ("d111111abcdef8.cloudfront.net", "cloudfront.net", "d111111abcdef8.cloudfront.net"),
        ("x.s3.amazonaws.com", "amazonaws.com", "x.s3.amazonaws.com"),
        ("www.bbc.co.uk", "bbc.co.uk", "bbc.co.uk"),
        ("a.b.user.github.io", "github.io", "user.github.io"),
        ("host.duckdns.org", "host.duckdns.org", "host.duckdns.org"),
        ("a.evil.ddns.net", "evil.ddns.net", "evil.ddns.net"),
        ("a.evil.mooo.com", "evil.mooo.com", "evil.mooo.com"),
        ("mooo.com", "", ""),
        ("co.uk", "", ""),
        ("t.corp", "", "t.corp"),
        ("a.t.corp", "", "t.corp"),
        ("", "", ""),
        ("a..b.com", "", ""),
        (".com", "", ""),
    ],
)
def test_who_registered_a_name(name: str, registered: str, delegated: str) -> None:
    """Customers of hosting services are one registrant in one view, and stand for themselves in the other."""
    assert (SUFFIXES.registered(name), SUFFIXES.delegated(name)) == (registered, delegated)


def test_answers_are_remembered_within_a_bound() -> None:
    """A flood of names does not fill memory."""
    suffixes = Suffixes()
    for number in range(REMEMBERED + 10):
        suffixes.registered(f"{number}.example.com")
    assert len(suffixes._answers) <= REMEMBERED


@pytest.mark.parametrize(
    "name",
    [
        "wpad", "localhost", "1.0.0.127.in-addr.arpa", "8.b.d.0.1.0.0.2.ip6.arpa", "printer.local", "nas.lan", "x.home",
        "home.arpa", "_ipp._tcp.example.com", "a._udp.local", "_.example.com", "x.internal",
        "abcdefgh.corp.example", "a" * 300 + ".com",
    ],
)  # fmt: skip
def test_names_that_are_not_judged(name: str) -> None:
    """They belong to machines and to the house."""
    assert prepared(name, ("corp.example",)) == ""


def test_names_are_prepared() -> None:
    """Case and the root's dot say nothing."""
    assert prepared("WWW.Example.COM.") == "www.example.com"


@pytest.mark.parametrize(
    ("label", "bits"),
    [
        ("anywayanyday", 3.85),
        ("msftconnecttest", 4.13),
        ("cloudfront", 3.77),
        ("windowsupdate", 3.61),
        ("mozgcp", 5.23),
        ("awxcdn", 5.25),
        ("llanfairpwllgwyngyll", 5.61),
    ],
)
def test_scores_of_real_names(label: str, bits: float) -> None:
    """Names that others' detectors got wrong; the last three are why one name never makes an alert."""
    assert TRIGRAMS.score(label) == pytest.approx(bits, abs=0.01)


@pytest.mark.parametrize("family", FAMILIES)
def test_made_up_names_read_like_noise(family: str) -> None:
    """Of every family that makes up letters most names are suspicious."""
    labels = [SUFFIXES.registered(name).partition(".")[0] for name in generated(family, 200)]
    found = sum(judgeable(label) and TRIGRAMS.score(label) > SUSPICIOUS for label in labels)
    assert found / len(labels) > (0.65 if family == "kraken" else 0.85)


def test_words_read_like_words() -> None:
    """Names of words stay invisible to letters: they are what bursts of NXDOMAIN are watched for."""
    assert not any(TRIGRAMS.score(name.partition(".")[0]) > SUSPICIOUS for name in word_list(100))


def test_why_a_name_is_suspicious() -> None:
    """The rarest sequences explain a score."""
    assert [text for text, _ in TRIGRAMS.rarest("awxcdn")] == ["awx", "xcd", "^aw"]
    assert TRIGRAMS.rarest("", 3) == (("^^$", TRIGRAMS.score("")),)


def test_which_labels_can_be_judged() -> None:
    """Short ones are abbreviations, others are written in another script."""
    assert judgeable("abcdefg")
    assert not judgeable("abcdef")
    assert not judgeable("xn--abcdefgh")


@settings(max_examples=40)
@given(st.text(max_size=80))
def test_any_text_has_a_score(text: str) -> None:
    """Names are hostile too."""
    assert 0 <= TRIGRAMS.score(text) <= 21.25
    assert len(TRIGRAMS.rarest(text)) <= 3
    SUFFIXES.registered(prepared(text))
    SUFFIXES.delegated(text)


def test_training_counts_what_follows_what() -> None:
    """What was seen often costs few bits, what was never seen many."""
    trigrams = Trigrams(train(["banana"] * 50))
    assert trigrams.score("banana") < 1
    assert trigrams.score("bxnxnx") > 4


def test_the_table_is_small_and_whole() -> None:
    """It travels in every wheel."""
    packed = TABLE.read_bytes()
    assert len(packed) < 100_000
    assert len(zlib.decompress(packed)) == SIZE**3


def test_the_table_is_what_training_makes() -> None:
    """Anybody with the library can make it again."""
    pytest.importorskip("hstspreload", reason="the names to train with are in the extra `train`")
    labels = registered_labels(preloaded_hosts())
    assert len(labels) > 140_000
    few = labels[::40]
    assert sum(TRIGRAMS.score(label) > SUSPICIOUS for label in few if judgeable(label)) / len(few) < 0.02


@settings(max_examples=50)
@given(st.binary(max_size=60))
def test_the_type_of_a_query_is_read_from_any_bytes(data: bytes) -> None:
    """Fast, and the same as the slow way for what is whole."""
    assert 0 <= query_type(data) <= 0xFFFF
    head = b"\0\1\1\0\0\1\0\0\0\0\0\0"
    assert query_type(head + b"\3www\7example\0\0\x10\0\1" + data) == 16
    assert query_type(head + b"\xc0\x0c\0\x1c\0\1" + data) == 28
