"""A few hundred damaged headers; ``benchmarks/fit_hostile.py`` takes thousands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from alcove.fit.configuration import Configuration
from alcove.fit.dryrun.process import DryRun
from alcove.fit.dryrun.specimen import CONTEXT, specimen
from alcove.fit.price import Buffers
from fit.synthetic_hostile import BASES, hostile_headers, outcome


@pytest.fixture(scope="module")
def dry_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DryRun]:
    with DryRun(tmp_path_factory.mktemp("logs") / "log") as dry_run:
        yield dry_run


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=hostile_headers())
def test_every_header_ends_in_a_price_or_a_sentence(dry_run: DryRun, data: bytes) -> None:
    assert "in time" not in outcome(data, dry_run).sentence


def test_a_layer_of_thousands_of_digits_is_none(dry_run: DryRun) -> None:
    gguf = BASES[0]
    (_name, *rest), *others = gguf.tensors
    tensors = [(f"blk.{'9' * 5000}.attn_q.weight", *rest), *others]
    data = replace(gguf, tensors=tensors).header()
    assert outcome(data.ljust(-(-len(data) // 32) * 32, b"\0"), dry_run).kind == "refused"


def test_a_sound_file_is_priced_afterwards(dry_run: DryRun) -> None:
    (price,) = dry_run.price(specimen(), [Configuration(CONTEXT)])
    assert isinstance(price, Buffers)
