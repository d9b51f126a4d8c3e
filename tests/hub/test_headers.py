from __future__ import annotations

import os
import struct
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from alcove.errors import Cancelled, GatedError, HubError, ModelFileError, OfflineError
from alcove.gguf.header import Header
from alcove.gguf.read import read_header
from alcove.hub.headers import fetch_parts
from alcove.hub.repository import Hub
from alcove.network import Network
from hub.fetching import fetch_header
from local_hub import LocalHub
from local_hub.tiny_gguf import ARRAY, STRING, TinyGguf, tiny_gguf

REPOSITORY = "some/Model-GGUF"
NUMBERS = {kind: letter for kind, letter in enumerate("BbHhIif?..Qqd") if letter != "."}
"""The types of values that are numbers, and how ``struct`` calls them."""


def padded_gguf(header_bytes: int) -> bytes:
    """A GGUF whose header takes so many bytes, and its one tensor 128."""

    def padded(by: int) -> TinyGguf:
        text = TinyGguf().text("x" * by)
        return TinyGguf([("general.architecture", STRING, text)], [("t", (8, 4), 0)])

    return padded(header_bytes - len(padded(0).header())).content()


def every_type(version: int) -> bytes:
    """A GGUF with a value, and an array of two, of every type."""
    writer = TinyGguf(version=version)
    metadata = [("v8", STRING, writer.text("text"))]
    metadata += [("a8", ARRAY, writer.array(STRING, writer.text("a"), writer.text("bc")))]
    for kind, letter in NUMBERS.items():
        one = struct.pack(f"<{letter}", 1)
        metadata += [(f"v{kind}", kind, one), (f"a{kind}", ARRAY, writer.array(kind, one, one))]
    return TinyGguf(metadata, [("t", (8, 4), 0)], version).content()


def array_of(header: Header, kind: int) -> Sequence[Any]:
    return cast(Sequence[Any], header.metadata[f"a{kind}"])


@pytest.fixture
def network(local_hub: LocalHub) -> Network:
    return Network(endpoint=local_hub.endpoint)


@pytest.mark.parametrize(("fixture", "steps"), [("smollm2_path", 1), ("gemma_path", 2)])
def test_a_remote_header_is_the_local_one(
    request: pytest.FixtureRequest, local_hub: LocalHub, network: Network, fixture: str, steps: int
) -> None:
    path: Path = request.getfixturevalue(fixture)
    local_hub.add(REPOSITORY, "m-Q4_0.gguf", path)
    model = Hub(network).resolve(REPOSITORY)
    remote, local = fetch_header(model, network), read_header(path)
    assert remote.tensors == local.tensors
    assert remote.data_offset == local.data_offset
    assert remote.metadata.keys() == local.metadata.keys()
    assert local_hub.bytes_sent("m-Q4_0.gguf") == steps * 4_000_000
    assert len(local_hub.requests_to("/resolve/")) == steps  # every range by way of the hub


@pytest.mark.parametrize("header_bytes", [1_000, 3_999_999, 4_000_000, 4_000_001, 9_000_000])
def test_less_than_4_mb_come_beyond_a_header(
    local_hub: LocalHub, network: Network, tmp_path: Path, header_bytes: int
) -> None:
    content = padded_gguf(header_bytes)
    path = tmp_path / "content"
    path.write_bytes(content + bytes(12_000_000))
    local_hub.add(REPOSITORY, "m.gguf", path)
    header = fetch_header(Hub(network).resolve(REPOSITORY), network)
    assert header.data_offset == len(content) - 128
    assert local_hub.bytes_sent("m.gguf") < header_bytes + 4_000_000


@pytest.mark.parametrize("version", [1, 2, 3])
def test_every_version_and_type_of_value(
    local_hub: LocalHub, network: Network, tmp_path: Path, version: int
) -> None:
    path = tmp_path / "content"
    path.write_bytes(every_type(version))
    local_hub.add(REPOSITORY, "m.gguf", path)
    header = fetch_header(Hub(network).resolve(REPOSITORY), network)
    assert header.version == version
    assert [header.metadata[f"v{kind}"] for kind in NUMBERS] == [1] * len(NUMBERS)
    assert [list(array_of(header, kind)) for kind in NUMBERS] == [[1, 1]] * len(NUMBERS)
    assert header.metadata["v8"] == "text"
    assert list(array_of(header, 8)) == ["a", "bc"]


def test_the_parts_of_a_split_model_are_joined(
    local_hub: LocalHub, network: Network, tmp_path: Path
) -> None:
    contents = (tiny_gguf(), TinyGguf(tensors=[("x", (8,), 0)]).content())
    for number, content in enumerate(contents, start=1):
        path = tmp_path / str(number)
        path.write_bytes(content)
        local_hub.add(REPOSITORY, f"m-0000{number}-of-00002.gguf", path)
    header = fetch_header(Hub(network).resolve(REPOSITORY), network)
    assert header.architecture == "llama"
    assert [tensor.name for tensor in header.tensors] == ["token_embd.weight", "x"]


def test_little_comes_of_the_later_parts(
    local_hub: LocalHub, network: Network, tmp_path: Path
) -> None:
    names = [f"m-{number:05}-of-00007.gguf" for number in range(1, 8)]
    for number, name in enumerate(names):
        path = tmp_path / name
        path.write_bytes(
            (tiny_gguf() if number == 0 else TinyGguf(tensors=[(f"x{number}", (8,), 0)]).content())
            + bytes(6_000_000 + number)
        )
        local_hub.add(REPOSITORY, name, path)
    header = fetch_header(Hub(network).resolve(REPOSITORY), network)
    assert [tensor.name for tensor in header.tensors][1:] == [f"x{part}" for part in range(1, 7)]
    sent = [local_hub.bytes_sent(name) for name in names]
    assert sent == [4_000_000, *[256 * 1024] * 6]


@pytest.mark.parametrize(
    ("content", "words"), [(b"<!DOCTYPE html>", "not a GGUF"), (tiny_gguf()[:50], "cut short")]
)
def test_what_is_no_header(
    local_hub: LocalHub, network: Network, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "content"
    path.write_bytes(content)
    local_hub.add(REPOSITORY, "m.gguf", path)
    with pytest.raises(ModelFileError, match=words):
        fetch_header(Hub(network).resolve(REPOSITORY), network)


def test_failures_have_sentences(
    local_hub: LocalHub, network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "content"
    path.write_bytes(tiny_gguf())
    local_hub.add(REPOSITORY, "m.gguf", path, gated=True)
    model = Hub(network).resolve(REPOSITORY)
    with pytest.raises(GatedError):
        fetch_header(model, network)
    monkeypatch.setenv("HF_TOKEN", local_hub.token)
    assert fetch_header(model, network).architecture == "llama"
    assert {request.authorized for request in local_hub.requests if request.host == "cdn"} == {
        False
    }
    local_hub.faults.ignore_ranges = True
    with pytest.raises(HubError, match="does not answer the way"):
        fetch_header(model, network)
    with pytest.raises(OfflineError):
        fetch_header(model, Network(endpoint=local_hub.endpoint, offline=True))


def test_a_connection_that_breaks_off(
    local_hub: LocalHub, network: Network, smollm2_path: Path
) -> None:
    local_hub.add(REPOSITORY, "m.gguf", smollm2_path)
    model = Hub(network).resolve(REPOSITORY)
    local_hub.faults.stop_after = 1000
    with pytest.raises(OfflineError, match="broke off"):
        fetch_header(model, network)


def test_a_server_that_ignores_ranges_is_not_read_from(
    local_hub: LocalHub, network: Network, gemma_path: Path
) -> None:
    local_hub.add(REPOSITORY, "m.gguf", gemma_path)
    model = Hub(network).resolve(REPOSITORY)
    local_hub.faults.ignore_ranges = True
    with pytest.raises(HubError, match="does not answer the way"):
        fetch_header(model, network)
    assert local_hub.bytes_sent("m.gguf") < 32_000_000  # of 253 MB: what sockets buffer


@pytest.mark.parametrize(
    ("fault", "words"), [("wrong_ranges", "another part"), ("overrun", "more or less")]
)
def test_another_part_than_was_asked_for(
    local_hub: LocalHub, network: Network, gemma_path: Path, fault: str, words: str
) -> None:
    local_hub.add(REPOSITORY, "m.gguf", gemma_path)
    model = Hub(network).resolve(REPOSITORY)
    setattr(local_hub.faults, fault, True)
    with pytest.raises(HubError, match=words):
        fetch_header(model, network)
    assert len([request for request in local_hub.requests if request.host == "cdn"]) == 1
    assert local_hub.bytes_sent("m.gguf") < 32_000_000


def test_a_header_that_claims_more_than_64_mb(
    local_hub: LocalHub, network: Network, tmp_path: Path
) -> None:
    path = tmp_path / "content"
    claim = struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<IIQ", 9, 0, 70_000_000)
    path.write_bytes(b"GGUF" + claim)
    os.truncate(path, 80_000_000)
    local_hub.add(REPOSITORY, "m.gguf", path)
    with pytest.raises(ModelFileError, match="larger than any header is"):
        fetch_header(Hub(network).resolve(REPOSITORY), network)
    assert local_hub.bytes_sent("m.gguf") == 4_000_000


def test_an_empty_file_is_not_asked_for(
    local_hub: LocalHub, network: Network, tmp_path: Path
) -> None:
    path = tmp_path / "content"
    path.write_bytes(b"")
    local_hub.add(REPOSITORY, "m.gguf", path)
    with pytest.raises(ModelFileError, match="cut short"):
        fetch_header(Hub(network).resolve(REPOSITORY), network)
    assert not local_hub.requests_to("/resolve/")


def test_what_is_stopped_ends_at_once_even_where_nothing_arrives(
    local_hub: LocalHub, network: Network, smollm2_path: Path
) -> None:
    local_hub.add(REPOSITORY, "m.gguf", smollm2_path)
    model = Hub(network).resolve(REPOSITORY)
    local_hub.faults.pause_after = 100_000
    seen: list[int] = []

    def report(received: int) -> None:
        seen.append(received)
        if local_hub.paused.is_set():
            raise Cancelled

    with pytest.raises(Cancelled):
        fetch_parts(model, lambda: network, report)
    assert seen == sorted(seen)
    assert seen[-1] < 4_000_000
    local_hub.resume()
    join_threads()
    assert fetch_header(model, network).architecture == "llama"


def test_going_offline_ends_what_has_begun(
    local_hub: LocalHub, network: Network, gemma_path: Path
) -> None:
    local_hub.add(REPOSITORY, "m.gguf", gemma_path)
    model = Hub(network).resolve(REPOSITORY)
    local_hub.faults.pause_after = 100_000

    def now() -> Network:
        return replace(network, offline=local_hub.paused.is_set())

    with pytest.raises(OfflineError, match="settings say so"):
        fetch_parts(model, now)
    local_hub.resume()
    join_threads()
    assert local_hub.bytes_sent("m.gguf") <= 4_000_000  # the second part was not asked for


def join_threads() -> None:
    """Wait for the threads that read headers."""
    for thread in threading.enumerate():
        if thread.name == "header":
            thread.join(timeout=20)
            assert not thread.is_alive()


def test_a_hub_that_sends_nothing_is_asked_once(
    local_hub: LocalHub, network: Network, smollm2_path: Path
) -> None:
    local_hub.add(REPOSITORY, "m.gguf", smollm2_path)
    model = Hub(network).resolve(REPOSITORY)
    local_hub.faults.empty = True
    with pytest.raises(HubError, match=r"sent nothing of m\.gguf"):
        fetch_header(model, network)
    assert len([request for request in local_hub.requests if request.host == "cdn"]) == 1
