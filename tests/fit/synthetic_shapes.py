"""The shapes: dense, sliding window, latent attention, hybrid, mixture of experts, split."""

from __future__ import annotations

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
    shared_expert,
    ssm,
    weights,
)


def llama(name: str, layers: int, width: int, inner: int, heads: int, parts: int = 1) -> Synthetic:
    tied = parts > 1
    layer = [*attention(width, heads, 8, 128), *feed_forward(width, inner)]
    return Synthetic(
        name,
        "llama",
        common(layers, width, inner, heads, 8, 128256, **head_sizes(128)),
        (*ends(width, 128256, tied=tied), *weights(rope_freqs=(64,)), *blocks(layers, layer)),
        parts,
    )


def qwen3_8b() -> Synthetic:
    layer = [*attention(4096, 32, 8, 128, norms=True), *feed_forward(4096, 12288)]
    return Synthetic(
        "qwen3-8b",
        "qwen3",
        common(36, 4096, 12288, 32, 8, 151936, 40960, **head_sizes(128)),
        (*ends(4096, 151936), *blocks(36, layer)),
    )


def gemma3_4b() -> Synthetic:
    layer = [
        *attention(2560, 8, 4, 256, norms=True),
        *feed_forward(2560, 10240),
        *weights(post_attention_norm=(2560,), post_ffw_norm=(2560,)),
    ]
    more = {"attention.sliding_window": 1024, **head_sizes(256)}
    return Synthetic(
        "gemma3-4b",
        "gemma3",
        common(34, 2560, 10240, 8, 4, 262144, **more),
        (*ends(2560, 262144, tied=True), *blocks(34, layer)),
    )


def gpt_oss_20b() -> Synthetic:
    layer: list[Tensor] = [
        *attention(2880, 64, 8, 64),
        *biases(attn_q=(4096,), attn_k=(512,), attn_v=(512,), attn_output=(2880,)),
        *weights(post_attention_norm=(2880,), attn_sinks=(64,)),
        *experts(2880, 2880, 32),
        *biases(ffn_gate_inp=(32,)),
        *biases(ffn_gate_exps=(2880, 32), ffn_up_exps=(2880, 32), ffn_down_exps=(2880, 32)),
    ]
    more = {
        "attention.sliding_window": 128,
        "expert_count": 32,
        "expert_used_count": 4,
        "expert_feed_forward_length": 2880,
        **head_sizes(64),
    }
    tensors = (*ends(2880, 201088), *blocks(24, layer))
    return Synthetic(
        "gpt-oss-20b",
        "gpt-oss",
        common(24, 2880, 2880, 64, 8, 201088, **more),
        tuple((n, s, "MXFP4" if n.endswith("exps.weight") else k) for n, s, k in tensors),
    )


def deepseek(
    name: str, layers: int, width: int, heads: int, query_rank: int, vocabulary: int, **sizes: int
) -> Synthetic:
    """Latent attention: keys and values of all heads come from 512 + 64 elements per token."""
    query = (
        weights(
            attn_q_a=(width, query_rank),
            attn_q_a_norm=(query_rank,),
            attn_q_b=(query_rank, heads * 192),
        )
        if query_rank
        else weights(attn_q=(width, heads * 192))
    )
    shared: list[Tensor] = [
        *query,
        *weights(
            attn_norm=(width,),
            attn_kv_a_mqa=(width, 576),
            attn_kv_a_norm=(512,),
            attn_k_b=(128, 512, heads),
            attn_v_b=(512, 128, heads),
            attn_output=(heads * 128, width),
        ),
    ]
    inner, expert, count = sizes["inner"], sizes["expert"], sizes["count"]
    dense = [*shared, *feed_forward(width, inner)]
    mixture = [
        *shared,
        *weights(ffn_norm=(width,)),
        *experts(width, expert, count),
        *shared_expert(width, expert * sizes["shared"]),
    ]
    lead = sizes["lead"]
    more = {
        "attention.kv_lora_rank": 512,
        "attention.key_length": 576,
        "attention.value_length": 512,
        "attention.key_length_mla": 192,
        "attention.value_length_mla": 128,
        "rope.dimension_count": 64,
        "expert_count": count,
        "expert_used_count": sizes["used"],
        "expert_shared_count": sizes["shared"],
        "expert_feed_forward_length": expert,
        "leading_dense_block_count": lead,
        **({"attention.q_lora_rank": query_rank} if query_rank else {}),
    }
    return Synthetic(
        name,
        "deepseek2",
        common(layers, width, inner, heads, 1, vocabulary, **more),
        (
            *ends(width, vocabulary),
            *blocks(layers, *[dense] * lead, *[mixture] * (layers - lead)),
        ),
    )


def qwen3_next(layers: int) -> Synthetic:
    mixture = [
        *experts(2048, 512, 512),
        *shared_expert(2048, 512),
        *weights(ffn_gate_inp_shexp=(2048,), post_attention_norm=(2048,)),
    ]
    linear: list[Tensor] = [
        *weights(attn_norm=(2048,), attn_qkv=(2048, 8192), attn_gate=(2048, 4096)),
        *weights(ssm_conv1d=(4, 8192), ssm_ba=(2048, 64), ssm_out=(4096, 2048)),
        ("ssm_norm.weight", (128,), "F32"),
        ("ssm_a", (32,), "F32"),
        *biases(ssm_dt=(32,)),
        *mixture,
    ]
    gated = [
        *attention(2048, 16, 2, 256, norms=True),
        *mixture,
    ]
    full: list[Tensor] = [
        (name, (2048, 8192) if name == "attn_q.weight" else shape, kind)
        for name, shape, kind in gated
    ]
    more = {
        **head_sizes(256),
        **ssm(4096, 128, 32, 16),
        "rope.dimension_count": 64,
        "expert_count": 512,
        "expert_used_count": 10,
        "expert_feed_forward_length": 512,
        "expert_shared_feed_forward_length": 512,
    }
    return Synthetic(
        f"qwen3-next-80b-{layers}-layers",
        "qwen3next",
        common(layers, 2048, 5120, 16, 2, 151936, **more),
        (*ends(2048, 151936), *blocks(layers, linear, linear, linear, full)),
    )


def granite_h_tiny() -> Synthetic:
    kv_heads = [4 if layer % 10 == 5 else 0 for layer in range(40)]
    mixture = [
        *weights(ffn_norm=(1536,)),
        *experts(1536, 512, 64),
        *shared_expert(1536, 1024),
    ]
    recurrent = [*mamba2(1536, 3072, 128, 48, 1), ("ssm_norm.weight", (3072, 1), "F32"), *mixture]
    full = [*attention(1536, 12, 4, 128), *mixture]
    more = {
        **head_sizes(128),
        **ssm(3072, 128, 48, 1),
        "expert_count": 64,
        "expert_used_count": 6,
        "expert_shared_feed_forward_length": 1024,
    }
    return Synthetic(
        "granite-4.0-h-tiny",
        "granitehybrid",
        common(40, 1536, 512, 12, kv_heads, 100352, **more),
        (
            *ends(1536, 100352, tied=True),
            *blocks(40, *(full if count else recurrent for count in kv_heads)),
        ),
    )


def nemotron_nano_9b() -> Synthetic:
    pattern = "M-M-M-MM-M-M-M*-M-M-M*-M-M-M-M*-M-M-M-M*-M-MM-M-M-M-M-M-"
    mixer = [*mamba2(4480, 10240, 128, 128, 8), ("ssm_norm.weight", (1280, 8), "F32")]
    dense = list(weights(attn_norm=(4480,), ffn_up=(4480, 15680), ffn_down=(15680, 4480)))
    kinds = {"M": mixer, "-": dense, "*": attention(4480, 40, 8, 128)}
    more = {
        **head_sizes(128),
        **ssm(10240, 128, 128, 8),
        "attention.layer_norm_epsilon": 1e-5,
    }
    inner = [15680 if kind == "-" else 0 for kind in pattern]
    kv_heads = [8 if kind == "*" else 0 for kind in pattern]
    return Synthetic(
        "nemotron-nano-9b-v2",
        "nemotron_h",
        common(len(pattern), 4480, inner, 40, kv_heads, 131072, **more),
        (*ends(4480, 131072), *blocks(len(pattern), *(kinds[kind] for kind in pattern))),
    )


def falcon_h1_1_5b() -> Synthetic:
    layer = [
        *mamba2(2048, 3072, 256, 48, 1),
        *attention(2048, 8, 2, 128)[1:],
        *feed_forward(2048, 4096)[1:],
        ("ffn_norm", (2048,), "F32"),
    ]
    more = {**head_sizes(128), **ssm(3072, 256, 48, 1)}
    return Synthetic(
        "falcon-h1-1.5b",
        "falcon-h1",
        common(24, 2048, 4096, 8, 2, 65537, **more),
        (*ends(2048, 65537), *blocks(24, layer)),
    )


def lfm2_1_2b() -> Synthetic:
    kv_heads = [8 if layer in (2, 5, 8, 10, 12, 14) else 0 for layer in range(16)]
    convolution: list[Tensor] = [
        *weights(attn_norm=(2048,)),
        ("shortconv.conv.weight", (3, 2048), "F32"),
        ("shortconv.in_proj.weight", (2048, 6144), "Q4_K"),
        ("shortconv.out_proj.weight", (2048, 2048), "Q4_K"),
        *feed_forward(2048, 8192),
    ]
    full = [*attention(2048, 32, 8, 64, norms=True), *feed_forward(2048, 8192)]
    head, tail = ends(2048, 65536, tied=True)
    return Synthetic(
        "lfm2-1.2b",
        "lfm2",
        common(16, 2048, 8192, 32, kv_heads, 65536, shortconv__l_cache=3),
        (
            head,
            ("token_embd_norm.weight", *tail[1:]),
            *blocks(16, *(full if count else convolution for count in kv_heads)),
        ),
    )


def qwen3_moe(layers: int) -> Synthetic:
    layer = [
        *attention(2048, 32, 4, 128, norms=True),
        *weights(ffn_norm=(2048,)),
        *experts(2048, 768, 128),
    ]
    more = {
        **head_sizes(128),
        "expert_count": 128,
        "expert_used_count": 8,
        "expert_feed_forward_length": 768,
    }
    return Synthetic(
        f"qwen3-30b-a3b-{layers}-layers",
        "qwen3moe",
        common(layers, 2048, 6144, 32, 4, 151936, 40960, **more),
        (*ends(2048, 151936), *blocks(layers, layer)),
    )


def small_shapes() -> list[Synthetic]:
    """Those that a test can load for real in a few seconds."""
    return [
        lfm2_1_2b(),
        falcon_h1_1_5b(),
        llama("llama-1b-4-layers-split", 4, 2048, 8192, 16, parts=3),
    ]


def shapes() -> list[Synthetic]:
    """All of them, each with at most 14 GB to load."""
    lite = {"inner": 10944, "expert": 1408, "count": 64, "used": 6, "shared": 2, "lead": 1}
    large = {"inner": 18432, "expert": 2048, "count": 256, "used": 8, "shared": 1, "lead": 3}
    return [
        llama("llama-3.1-8b", 32, 4096, 14336, 32),
        qwen3_8b(),
        gemma3_4b(),
        gpt_oss_20b(),
        deepseek("deepseek-v2-lite", 27, 2048, 16, 0, 102400, **lite),
        deepseek("deepseek-v3-4-layers", 4, 7168, 128, 1536, 129280, **large),
        qwen3_next(8),
        granite_h_tiny(),
        nemotron_nano_9b(),
        falcon_h1_1_5b(),
        lfm2_1_2b(),
        qwen3_moe(24),
        llama("llama-3.2-3b-split", 28, 3072, 8192, 24, parts=3),
    ]
