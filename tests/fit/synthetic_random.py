"""Small models of many architectures, with dimensions drawn at random."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from fit.synthetic import (
    Synthetic,
    Tensor,
    attention,
    biases,
    blocks,
    common,
    ends,
    experts,
    feed_forward,
    head_sizes,
    mamba2,
    ssm,
    weights,
)
from fit.synthetic_shapes import deepseek
from fit.synthetic_vocabulary import byte_pairs, sentencepiece

_HEAD = 64


def random_model(random: Random) -> Synthetic:
    """Draw a model whose file takes 30 MB to 1 GB, with a tokenizer."""
    while True:
        vocabulary = random.randrange(4096, 65536, 256)
        shape = random.choice(_KINDS)(random, vocabulary)
        if 30e6 < sum(shape.gguf().sizes) < 1e9:
            break
    if random.random() < 0.5:
        return replace(shape, tokenizer=tuple(sentencepiece(vocabulary)))
    merges = random.randrange(vocabulary, 2 * vocabulary)
    return replace(shape, tokenizer=tuple(byte_pairs(vocabulary, merges)))


def _llama(random: Random, vocabulary: int) -> Synthetic:
    layers, width, inner, heads, kv_heads = _dense(random)
    layer = [*attention(width, heads, kv_heads, _HEAD), *feed_forward(width, inner)]
    facts = common(layers, width, inner, heads, kv_heads, vocabulary, **head_sizes(_HEAD))
    tensors = (*ends(width, vocabulary, tied=random.random() < 0.5), *blocks(layers, layer))
    return Synthetic("llama", "llama", facts, tensors)


def _qwen3(random: Random, vocabulary: int) -> Synthetic:
    layers, width, inner, heads, kv_heads = _dense(random)
    layer = [*attention(width, heads, kv_heads, _HEAD, norms=True), *feed_forward(width, inner)]
    facts = common(layers, width, inner, heads, kv_heads, vocabulary, **head_sizes(_HEAD))
    return Synthetic("qwen3", "qwen3", facts, (*ends(width, vocabulary), *blocks(layers, layer)))


def _gemma3(random: Random, vocabulary: int) -> Synthetic:
    layers, width, inner, heads, kv_heads = _dense(random)
    layer = [
        *attention(width, heads, kv_heads, _HEAD, norms=True),
        *feed_forward(width, inner),
        *weights(post_attention_norm=(width,), post_ffw_norm=(width,)),
    ]
    more = {"attention.sliding_window": random.choice([128, 512]), **head_sizes(_HEAD)}
    facts = common(layers, width, inner, heads, kv_heads, vocabulary, **more)
    tensors = (*ends(width, vocabulary, tied=True), *blocks(layers, layer))
    return Synthetic("gemma3", "gemma3", facts, tensors)


def _qwen3_moe(random: Random, vocabulary: int) -> Synthetic:
    layers, width, inner, heads, kv_heads = _dense(random)
    count, expert = random.choice([8, 16, 32]), random.choice([256, 512])
    layer = [
        *attention(width, heads, kv_heads, _HEAD, norms=True),
        *weights(ffn_norm=(width,)),
        *experts(width, expert, count),
    ]
    more = {
        **head_sizes(_HEAD),
        "expert_count": count,
        "expert_used_count": random.choice([2, 4, 8]),
        "expert_feed_forward_length": expert,
    }
    facts = common(layers, width, inner, heads, kv_heads, vocabulary, **more)
    tensors = (*ends(width, vocabulary), *blocks(layers, layer))
    return Synthetic("qwen3moe", "qwen3moe", facts, tensors)


def _deepseek(random: Random, vocabulary: int) -> Synthetic:
    layers, width = random.randint(2, 6), random.choice([512, 1024])
    sizes = {"inner": 2048, "expert": 512, "count": 16, "used": 4, "shared": 1, "lead": 1}
    return deepseek("deepseek2", layers, width, 8, 256, vocabulary, **sizes)


def _falcon_h1(random: Random, vocabulary: int) -> Synthetic:
    layers, width, inner, heads, kv_heads = _dense(random)
    channels, states = 2 * width, random.choice([64, 128])
    layer = [
        *mamba2(width, channels, states, channels // _HEAD, 1),
        *attention(width, heads, kv_heads, _HEAD)[1:],
        *feed_forward(width, inner)[1:],
        ("ffn_norm", (width,), "F32"),
    ]
    more = {**head_sizes(_HEAD), **ssm(channels, states, channels // _HEAD, 1)}
    facts = common(layers, width, inner, heads, kv_heads, vocabulary, **more)
    tensors = (*ends(width, vocabulary), *blocks(layers, layer))
    return Synthetic("falcon-h1", "falcon-h1", facts, tensors)


def _lfm2(random: Random, vocabulary: int) -> Synthetic:
    layers, width, inner, heads, kv_heads = _dense(random)
    convolution: list[Tensor] = [
        *weights(attn_norm=(width,)),
        ("shortconv.conv.weight", (3, width), "F32"),
        ("shortconv.in_proj.weight", (width, 3 * width), "Q4_K"),
        ("shortconv.out_proj.weight", (width, width), "Q4_K"),
        *feed_forward(width, inner),
    ]
    full = [*attention(width, heads, kv_heads, _HEAD, norms=True), *feed_forward(width, inner)]
    counts = [kv_heads if layer % 2 else 0 for layer in range(layers)]
    head, tail = ends(width, vocabulary, tied=True)
    facts = common(layers, width, inner, heads, counts, vocabulary, shortconv__l_cache=3)
    middle = blocks(layers, *(full if count else convolution for count in counts))
    tensors = (head, ("token_embd_norm.weight", *tail[1:]), *middle)
    return Synthetic("lfm2", "lfm2", facts, tensors)


def _gpt_oss(random: Random, vocabulary: int) -> Synthetic:
    layers, width, _inner, heads, kv_heads = _dense(random)
    count, expert = random.choice([8, 16]), 512
    layer: list[Tensor] = [
        *attention(width, heads, kv_heads, _HEAD),
        *biases(attn_q=(heads * _HEAD,), attn_k=(kv_heads * _HEAD,), attn_v=(kv_heads * _HEAD,)),
        *biases(attn_output=(width,), ffn_gate_inp=(count,)),
        *weights(post_attention_norm=(width,), attn_sinks=(heads,)),
        *experts(width, expert, count),
        *biases(ffn_gate_exps=(expert, count), ffn_up_exps=(expert, count)),
        *biases(ffn_down_exps=(width, count)),
    ]
    more = {
        "attention.sliding_window": 128,
        "expert_count": count,
        "expert_used_count": 4,
        "expert_feed_forward_length": expert,
        **head_sizes(_HEAD),
    }
    facts = common(layers, width, expert, heads, kv_heads, vocabulary, **more)
    tensors = (*ends(width, vocabulary), *blocks(layers, layer))
    return Synthetic("gpt-oss", "gpt-oss", facts, tensors)


_KINDS: list[Callable[[Random, int], Synthetic]] = [
    _llama,
    _qwen3,
    _gemma3,
    _qwen3_moe,
    _deepseek,
    _falcon_h1,
    _lfm2,
    _gpt_oss,
]


def _dense(random: Random) -> tuple[int, int, int, int, int]:
    """Draw layers, width, inner size, heads and KV heads."""
    width = random.choice([512, 768, 1024, 1536, 2048])
    heads = width // _HEAD
    return (
        random.randint(2, 12),
        width,
        width * random.choice([2, 3, 4]),
        heads,
        random.choice([heads, heads // 4, 2]),
    )
