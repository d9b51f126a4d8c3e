from __future__ import annotations

from pathlib import Path

import pytest

from alcove.gguf.sibling import sibling
from alcove.gguf.skeleton import Skeleton, read_skeleton
from alcove.gguf.tensor_types import TENSOR_TYPES


@pytest.fixture(scope="module")
def skeleton(gemma_path: Path) -> Skeleton:
    return read_skeleton([gemma_path])


def weights(skeleton: Skeleton) -> int:
    return sum(tensor.size_bytes for tensor in skeleton.header.tensors)


@pytest.mark.parametrize(
    ("name", "size"),
    [("Q8_0", 291_546_144), ("Q4_K_M", 253_117_152), ("UD-Q4_K_XL", 253_936_448)],
)
def test_another_quantization_takes_what_its_file_has(
    skeleton: Skeleton, gemma_path: Path, name: str, size: int
) -> None:
    before = gemma_path.stat().st_size - weights(skeleton)
    made = sibling(skeleton, before, name, size)
    assert made is not None
    assert abs(weights(made) - (size - before)) < 0.01 * size
    assert made.header.architecture == skeleton.header.architecture
    assert made.vocabulary_size == skeleton.vocabulary_size
    kinds = {tensor.type for tensor in made.header.tensors}
    assert kinds <= {kind.name for kind in TENSOR_TYPES.values()}


def test_a_file_of_another_model_or_of_no_known_type_has_no_sibling(skeleton: Skeleton) -> None:
    assert sibling(skeleton, 0, "Q8_0", 5_000_000_000) is None
    assert sibling(skeleton, 0, "Q8_0", 7) is None
    assert sibling(skeleton, 0, "WONDERFUL", 253_000_000) is None
