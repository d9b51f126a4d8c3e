"""Which type each tensor of a quantization has: the choices of llama.cpp's quantizer.

They depend on a tensor's name, on how many of its kind came before it, and on few facts of the
model. Quantizers with choices of their own, such as the dynamic ones named UD-, are not covered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from alcove.gguf.names import main_type
from alcove.gguf.tensor_types import BY_NAME

Sketch = tuple[str, tuple[int, ...]]
"""The name and the shape of a tensor, in ggml's order."""

_PLAIN = {"F32", "F16", "BF16"}
_FALLBACKS = {
    **dict.fromkeys(("IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS"), "IQ4_NL"),
    **dict.fromkeys(("IQ3_S", "IQ4_XS"), "IQ4_NL"),
    **dict.fromkeys(("Q2_K", "Q3_K", "TQ1_0", "TQ2_0"), "Q4_0"),
    "Q4_K": "Q5_0",
    "Q5_K": "Q5_1",
    "Q6_K": "Q8_0",
}
"""What takes the place of a type whose blocks the rows do not fill."""

_SYNONYMS = {"Q4_K": "Q4_K_M", "Q5_K": "Q5_K_M", "Q3_K": "Q3_K_M"}

_KEPT = (
    *("_norm.weight", "ffn_gate_inp.weight", "ffn_gate_tid2eid.weight", "altup", "laurel"),
    *("per_layer_model_proj", "ssm_conv1d", "shortconv.conv.weight", "indexer.k_proj.weight"),
    *("indexer.q_proj.weight", "position_embd.weight", "token_types.weight", "attn_rel_b.weight"),
)
"""Parts of the names of matrices that are too small or too delicate to be quantized."""

_VALUES = ("attn_v.weight", "attn_kv_b.weight")
_COARSE = {"IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ2_M", "IQ1_S", "IQ1_M"}
_COARSE_OUTPUT = _COARSE | {"IQ3_XXS"}
_EIGHT_EXPERTS_OUTPUT = {
    *("Q2_K", "IQ3_XS", "IQ3_XXS", "Q3_K_S", "Q3_K_M", "IQ4_NL", "Q4_K_S", "Q4_K_M", "IQ3_S"),
    *("IQ3_M", "IQ4_XS"),
}


@dataclass(frozen=True)
class Traits:
    """What of a model bears on the choice of types.

    ``sharing`` is the number of query heads to each key; ``seventy`` says that the model is one of
    those of 80 layers that count as 70B.
    """

    layers: int
    experts: int
    sharing: int
    seventy: bool = False


class Recipe:
    """Chooses the types of one model's tensors, asked for one after another in the file's order."""

    def __init__(
        self, quantization: str, traits: Traits, habits: Set[str], *, tied: bool, values: int
    ) -> None:
        """``tied`` says that there is no output matrix; ``values`` is how many ``_VALUES`` are."""
        self._name = _SYNONYMS.get(quantization.upper(), quantization.upper())
        self._type = main_type(self._name)
        self._traits = traits
        self._habits = habits
        self._forced = [habit.split("=") for habit in habits if "=" in habit]
        self._tied = tied
        self._values = values
        self._seen: Counter[str] = Counter()

    def type_of(self, name: str, shape: tuple[int, ...]) -> str | None:
        """Return ggml's name of the type, None for a tensor that keeps that of its source."""
        if not _is_quantized(name, shape):
            return None
        for part, kind in self._forced:
            if part in name:
                return kind
        if self._type in _PLAIN:
            return self._type
        return _that_fits(self._choose(name, shape), shape[0])

    def _choose(self, name: str, shape: tuple[int, ...]) -> str:
        embedding = name in ("token_embd.weight", "per_layer_token_embd.weight")
        if name == "output.weight" or (embedding and self._tied):
            return self._output(shape[0])
        if self._type == "MXFP4":
            return "MXFP4" if "_exps" in name else "Q8_0"
        if embedding:
            return self._embedding()
        if name.endswith(_VALUES):
            return self._value()
        if name.endswith("attn_qkv.weight"):
            return self._joined()
        if "ffn_down" in name:
            return self._down(name)
        if self._name in _COARSE:
            return self._coarse(name)
        if name.endswith("attn_output.weight"):
            return self._attention_output()
        if name.endswith(("attn_k.weight", "attn_q.weight")):
            return self._key_or_query(name)
        if self._name == "IQ3_XS" and ("ffn_gate" in name or "ffn_up" in name):
            return self._iq3_xs(name)
        return self._type

    def _output(self, row: int) -> str:
        if self._type == "MXFP4" or row % BY_NAME[self._type].block_elements:
            return "Q8_0"
        if self._name in _COARSE_OUTPUT:
            return "Q5_K"
        return self._type if self._type == "Q8_0" else "Q6_K"

    def _embedding(self) -> str:
        if self._name in ("IQ2_XXS", "IQ2_XS", "IQ1_S", "IQ1_M"):
            return "Q2_K"
        if self._name in ("IQ2_S", "IQ2_M", "IQ3_XXS"):
            return "IQ3_S"
        return "Q4_K" if self._name in ("TQ1_0", "TQ2_0") else self._type

    def _value(self) -> str:
        index = self._count("value")
        kind = self._plain_value(index)
        if self._traits.seventy and kind in ("Q3_K", "Q4_K"):
            kind = "Q5_K"
        return "Q8_0" if self._traits.experts == 8 and self._name not in _COARSE else kind

    def _plain_value(self, index: int) -> str:
        name, shared = self._name, self._traits.sharing >= 4
        if name in _COARSE:
            coarser = "IQ3_S" if name in ("IQ2_S", "IQ2_M") else "Q2_K"
            return "Q4_K" if shared or self._traits.experts >= 4 else coarser
        if name == "Q3_K_M":
            return "Q5_K" if index < 2 else "Q4_K"
        if name == "Q4_K_S":
            return "Q5_K" if index < 4 else "Q4_K"
        if name in ("Q4_K_M", "Q5_K_M") and _more_bits(index, self._values):
            return "Q6_K"
        always = {"Q2_K": "Q3_K", "IQ3_M": "Q4_K", "Q3_K_L": "Q5_K"}
        if not shared:
            blind = name == "IQ3_XXS" and "no-imatrix" in self._habits
            return "IQ3_S" if blind else always.get(name, self._type)
        when_shared = {
            **dict.fromkeys(("Q2_K", "Q2_K_S", "IQ3_XXS", "IQ3_XS", "IQ3_S"), "Q4_K"),
            **dict.fromkeys(("IQ4_NL", "IQ4_XS"), "Q5_K"),
        }
        return when_shared.get(name, always.get(name, self._type))

    def _joined(self) -> str:
        """Return the type of queries, keys and values in one, as quantizers chose it until 2026."""
        choices = dict.fromkeys(("Q3_K_M", "Q3_K_L", "IQ3_M"), "Q4_K")
        return {**choices, "Q4_K_M": "Q5_K", "Q5_K_M": "Q6_K"}.get(self._name, self._type)

    def _down(self, tensor: str) -> str:
        index, layers = self._layer("down", tensor), self._traits.layers
        if self._name in _COARSE:
            finer = "IQ3_S" if self._name in ("IQ2_S", "IQ2_M") else "Q2_K"
            return finer if index < layers // 8 else self._type
        early = index < layers // 8
        fine = _more_bits(index, layers)
        choices = {
            "Q2_K": "Q3_K",
            "Q2_K_S": "Q4_K" if early else "Q2_K",
            "Q3_K_M": "Q5_K" if index < layers // 16 else "Q4_K",
            "Q3_K_L": "Q5_K",
            "IQ3_M": "Q4_K" if early or (self._traits.experts == 8 and fine) else "IQ3_S",
            "Q4_K_S": "Q5_K" if early else "Q4_K",
            "Q4_K_M": "Q6_K" if fine else "Q4_K",
            "Q5_K_M": "Q6_K" if fine else "Q5_K",
            "Q4_0": "Q4_1" if early and "imatrix" in self._habits else "Q4_0",
        }
        if "no-imatrix" in self._habits:
            choices["IQ3_XXS"] = "Q4_K" if early else "Q3_K"
            choices.update(dict.fromkeys(("IQ4_XS", "IQ4_NL"), "Q5_K") if early else {})
        return choices.get(self._name, self._type)

    def _coarse(self, name: str) -> str:
        eight = self._traits.experts == 8
        if name.endswith("attn_k.weight") and eight:
            return "Q4_K"
        if not name.endswith("attn_output.weight"):
            return self._type
        if eight:
            return "Q5_K"
        if self._name in ("IQ1_S", "IQ1_M"):
            return "IQ2_XXS"
        return "IQ3_S" if self._name in ("IQ2_S", "IQ2_M") else self._type

    def _attention_output(self) -> str:
        if self._traits.experts == 8:
            return "Q5_K" if self._name in _EIGHT_EXPERTS_OUTPUT else self._type
        choices = {"Q2_K": "Q3_K", "IQ3_XXS": "IQ3_S", "Q3_K_M": "Q4_K", "Q3_K_L": "Q5_K"}
        return {**choices, "IQ3_M": "Q4_K"}.get(self._name, self._type)

    def _key_or_query(self, name: str) -> str:
        if self._traits.experts == 8 and name.endswith("attn_k.weight"):
            return "Q8_0"
        return {"IQ3_XS": "IQ3_XXS", "IQ3_XXS": "IQ2_S"}.get(self._name, self._type)

    def _iq3_xs(self, name: str) -> str:
        kind, layers = "gate" if "ffn_gate" in name else "up", self._traits.layers
        index = self._layer(kind, name)
        return "IQ3_XXS" if layers // 8 <= index < 7 * layers // 8 else self._type

    def _layer(self, kind: str, tensor: str) -> int:
        """Return the number of a tensor among its kind; in a mixture of experts, of its layer."""
        index = self._count(kind)
        return int(tensor.split(".")[1]) if self._traits.experts > 1 else index

    def _count(self, kind: str) -> int:
        self._seen[kind] += 1
        return self._seen[kind] - 1


def types(
    quantization: str,
    traits: Traits,
    tensors: Sequence[Sketch],
    habits: Set[str] = frozenset(),
) -> Iterator[str | None]:
    """Yield the type of each tensor, None where it keeps that of its source.

    ``habits`` tell quantizers apart: "imatrix" or "no-imatrix" where that matters, "untied" where
    the embedding is not treated as the output that it serves as, and ``part=TYPE`` for what has a
    type of its own.
    """
    names = [name for name, _shape in tensors]
    recipe = Recipe(
        quantization,
        traits,
        habits,
        tied="output.weight" not in names and "untied" not in habits,
        values=sum(name.endswith(_VALUES) for name in names),
    )
    return (recipe.type_of(name, shape) for name, shape in tensors)


def _is_quantized(name: str, shape: tuple[int, ...]) -> bool:
    return len(shape) > 1 and name.endswith("weight") and not any(kept in name for kept in _KEPT)


def _that_fits(kind: str, row: int) -> str:
    if row % BY_NAME[kind].block_elements == 0:
        return kind
    smaller = _FALLBACKS.get(kind, kind)
    return smaller if row % BY_NAME[smaller].block_elements == 0 else "F16"


def _more_bits(index: int, count: int) -> bool:
    first = count // 8
    return index < first or index >= 7 * count // 8 or (index - first) % 3 == 2
