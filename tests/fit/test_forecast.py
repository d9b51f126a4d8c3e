from __future__ import annotations

from dataclasses import replace

import pytest

from alcove.fit.configuration import Configuration
from alcove.fit.forecast import forecast, is_slow, speed
from alcove.fit.kv import KvCache
from alcove.fit.result import Range
from alcove.fit.shape import Part, Shape
from fit.examples import GIB, gpu, machine, mixture, shape
from fit.measured import device, speeds

CPU = Configuration(8192, gpu_layers=0)
CALM = machine(64 * GIB)
WITH_GPU = machine(64 * GIB, gpu(24 * GIB))


def pace(model: Shape, asked: Configuration = CPU, gpus: int = 0) -> float:
    said = forecast(model, asked, WITH_GPU if gpus else CALM, speeds(gpus)).generation
    assert said is not None
    return said.expected


def test_a_token_reads_all_weights_once() -> None:
    assert pace(shape(weights=10**10)) == pytest.approx(1.0, rel=1e-6)


def test_a_token_reads_only_its_experts() -> None:
    model = mixture()
    dense = sum(sum(block.dense.values()) for block in model.blocks) + model.output.size_bytes
    experts = sum(block.expert_bytes for block in model.blocks) / 8
    assert 1 / pace(model) == pytest.approx(dense / 10e9 + experts / 5e9, rel=1e-6)


def test_the_embedding_counts_where_it_is_the_output_too() -> None:
    apart = replace(shape(10**10), embedding=Part({"Q4_K": 10**10}))
    assert pace(replace(apart, tied=True)) == pytest.approx(pace(apart) / 2, rel=1e-6)


def test_seconds_of_devices_add_up() -> None:
    model = shape(10**10)
    whole = pace(model, Configuration(8192), gpus=1)
    half = pace(model, Configuration(8192, gpu_layers=model.layers // 2), gpus=1)
    assert whole == pytest.approx(10 * pace(model), rel=1e-6)
    assert 1 / half == pytest.approx((1 / whole + 1 / pace(model)) / 2, rel=1e-6)


def test_experts_in_ram_are_read_there() -> None:
    model = mixture()
    on_gpu = pace(model, Configuration(8192), gpus=1)
    in_ram = pace(model, Configuration(8192, cpu_moe_layers=31), gpus=1)
    experts = sum(block.expert_bytes for block in model.blocks) / 8
    assert 1 / in_ram - 1 / on_gpu == pytest.approx(experts / 5e9 - experts / 50e9, rel=1e-6)


def test_layers_are_shared_out_by_the_split() -> None:
    two = machine(64 * GIB, gpu(24 * GIB), gpu(24 * GIB))
    known = replace(speeds(), gpus=(device(10.0), device(1.0)))
    slow, fast = (
        forecast(shape(10**10), Configuration(8192, tensor_split=split), two, known).generation
        for split in ((0.0, 1.0), (1.0, 0.0))
    )
    assert slow is not None
    assert fast is not None
    assert fast.expected == pytest.approx(10 * slow.expected, rel=1e-6)


def test_a_long_chat_is_slower_by_what_attention_costs() -> None:
    model = replace(
        shape(10**10),
        kv=KvCache(128 * 1024, heads=1000, window_heads=1000, window=1024, head_elements=100),
    )
    said = forecast(model, CPU, CALM, speeds())
    assert said.generation is not None
    assert said.deep is not None
    looks = 1000 * 8192 + 1000 * 1024
    slower = 1 / said.deep.expected - 1 / said.generation.expected
    assert slower == pytest.approx(looks * 100 * 1e-10, rel=1e-6)


def test_deep_is_at_the_end_of_a_short_context() -> None:
    short, long = (
        forecast(shape(), Configuration(context, gpu_layers=0), CALM, speeds()).deep
        for context in (1024, 65536)
    )
    assert short is not None
    assert long is not None
    assert short.expected > long.expected


def test_a_prompt_is_read_in_batches() -> None:
    said = forecast(shape(10**10), CPU, CALM, speeds())
    assert said.prompt is not None
    assert said.generation is not None
    assert said.prompt.expected > 50 * said.generation.expected


def test_types_that_were_not_measured_go_by_their_relatives() -> None:
    def of(kind: str) -> float:
        block = Part({kind: 10**9})
        return pace(replace(shape(), blocks=(block,) * 10, output=Part({kind: 0})))

    assert of("BF16") == pytest.approx(of("F16"))
    assert of("Q4_0") == pytest.approx(of("Q4_K"))
    assert of("IQ1_M") == pytest.approx(of("Q4_K"))


@pytest.mark.parametrize("basis", ["header", "catalog"])
def test_the_bounds_hold_the_speed_expected(basis: str) -> None:
    model = replace(shape(), basis=basis)  # type: ignore[arg-type]
    said = forecast(model, CPU, CALM, speeds()).generation
    assert said is not None
    assert said.low < said.expected < said.high


def test_the_less_is_known_the_wider_are_the_bounds() -> None:
    model, fast = shape(), replace(CALM, bandwidth=10e9)
    calibrated = forecast(model, CPU, fast, speeds()).generation
    catalog = forecast(replace(model, basis="catalog"), CPU, fast, speeds()).generation
    guessed = forecast(model, CPU, fast, None).generation
    widths = [said.high / said.low for said in (calibrated, catalog, guessed) if said is not None]
    assert len(widths) == 3
    assert widths == sorted(widths)


def test_nothing_is_said_where_nothing_is_known() -> None:
    said = forecast(shape(), CPU, CALM, None)
    assert (said.generation, said.deep, said.prompt) == (None, None, None)
    assert forecast(shape(), Configuration(8192), WITH_GPU, None).generation is None


def test_a_bandwidth_of_nothing_is_as_good_as_none() -> None:
    assert forecast(shape(), CPU, replace(CALM, bandwidth=0.0), None).generation is None


def test_another_computers_gpu_goes_by_its_data_sheet() -> None:
    described = machine(64 * GIB, replace(gpu(24 * GIB), bandwidth=1e12))
    said = forecast(shape(10**10), Configuration(8192), described, None).generation
    assert said is not None
    assert 40 < said.expected < 90


def test_a_calibration_for_other_gpus_is_not_used() -> None:
    said = forecast(shape(), Configuration(8192), WITH_GPU, speeds())
    assert said.generation is None


def test_layers_for_gpus_that_are_not_there_stay_in_ram() -> None:
    asked = Configuration(8192, gpu_layers=-1)
    assert forecast(shape(), asked, CALM, speeds()) == forecast(shape(), CPU, CALM, speeds())


def test_a_speed_in_words() -> None:
    assert speed(Range(8.4, 10, 12.2)) == "about 8-12 tokens/s"
    assert is_slow(Range(1, 2, 3))
    assert not is_slow(None)
