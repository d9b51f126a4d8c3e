"""Which format a model has, by its chat template."""

from __future__ import annotations

import pytest

from alcove.engine.formats import Format, families, format_of, message_families
from alcove.engine.formats import token_families as token
from llama_cpp_source import llama_cpp_source

_TEMPLATES = {
    "Apertus-8B-Instruct": token.APERTUS,
    "Apriel-1.6-15b-Thinker-fixed": families.APRIEL,
    "Bielik-11B-v3.0-Instruct": families.HERMES,
    "ByteDance-Seed-OSS": families.SEED,
    "Cohere2MoE": token.COHERE,
    "CohereForAI-c4ai-command-r-plus-tool_use": families.COMMAND_R,
    "CohereForAI-c4ai-command-r7b-12-2024-tool_use": token.COHERE,
    "GLM-4.6": families.GLM,
    "GLM-4.7-Flash": families.GLM,
    "GigaChat3-10B-A1.8B": token.GIGACHAT_3,
    "GigaChat3.1-10B-A1.8B": token.GIGACHAT,
    "HuggingFaceTB-SmolLM3-3B": families.PLAIN,
    "Kimi-K2-Instruct": token.KIMI_K2,
    "Kimi-K2-Thinking": token.KIMI_K2,
    "Kimi-K3": message_families.KIMI_K3,
    "LFM2-8B-A1B": token.LFM_2,
    "LFM2.5-8B-A1B": token.LFM_2,
    "LFM2.5-Instruct": token.LFM_2,
    "MiMo-VL": families.HERMES,
    "MiniMax-M1": families.MINIMAX_M1,
    "MiniMax-M2": families.MINIMAX_M2,
    "MiniMax-M3": families.MINIMAX_M3,
    "Mistral-Small-3.2-24B-Instruct-2506": token.MISTRAL_IDS,
    "NVIDIA-Nemotron-3-Nano-30B-A3B-BF16": families.FUNCTION_TAGS,
    "NVIDIA-Nemotron-Nano-v2": families.NEMOTRON_2,
    "NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use": families.HERMES,
    "NousResearch-Hermes-3-Llama-3.1-8B-tool_use": families.HERMES,
    "Qwen-QwQ-32B": families.HERMES,
    "Qwen-Qwen2.5-7B-Instruct": families.HERMES,
    "Qwen-Qwen3-0.6B": families.HERMES,
    "Qwen3-Coder": families.FUNCTION_TAGS,
    "Qwen3.5-4B": families.FUNCTION_TAGS,
    "Reka-Edge": families.HERMES,
    "Spark2.5": families.GLM,
    "StepFun3.5-Flash": families.FUNCTION_TAGS,
    "deepseek-ai-DeepSeek-R1-Distill-Llama-8B": token.DEEPSEEK_R1,
    "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B": token.DEEPSEEK_R1,
    "deepseek-ai-DeepSeek-V3.1": token.DEEPSEEK_V3,
    "deepseek-ai-DeepSeek-V3.2": families.DSML,
    "deepseek-ai-DeepSeek-V4": families.DSML_4,
    "deepseek-ai-DeepSeek-V4-Flash-0731": families.DSML_4,
    "fireworks-ai-llama-3-firefunction-v2": families.FUNCTOOLS,
    "google-gemma-2-2b-it": families.PLAIN,
    "google-gemma-4-31B-it": token.GEMMA_4,
    "google-gemma-4-31B-it-interleaved": token.GEMMA_4,
    "ibm-granite-granite-3.3-2B-Instruct": token.GRANITE_3,
    "ibm-granite-granite-4.0": families.HERMES,
    "ibm-granite-granite-4.1": families.HERMES,
    "inclusionai-ling-3.0-flash": families.GLM,
    "llama-cpp-deepseek-r1": token.DEEPSEEK_R1,
    "llama-cpp-rwkv-world": families.PLAIN,
    "meetkai-functionary-medium-v3.1": token.FUNCTIONARY_3_1,
    "meetkai-functionary-medium-v3.2": families.FUNCTIONARY_3_2,
    "meta-llama-Llama-3.1-8B-Instruct": token.LLAMA_3,
    "meta-llama-Llama-3.2-3B-Instruct": token.LLAMA_3,
    "meta-llama-Llama-3.3-70B-Instruct": token.LLAMA_3,
    "microsoft-Phi-3.5-mini-instruct": families.PLAIN,
    "mistralai-Ministral-3-14B-Reasoning-2512": token.MISTRAL,
    "mistralai-Mistral-Nemo-Instruct-2407": token.MISTRAL_LIST,
    "moonshotai-Kimi-K2": token.KIMI_K2,
    "muse-glimmer": message_families.MUSE,
    "openai-gpt-oss-120b": message_families.HARMONY,
    "openbmb-MiniCPM5-1B": families.MINICPM,
    "poolside-Laguna-S-2.1": families.GLM,
    "poolside-Laguna-XS-2.1": families.GLM,
    "poolside-Laguna-XS.2": families.GLM,
    "tencent-Hy3": families.HUNYUAN,
    "unsloth-Apriel-1.5": families.APRIEL,
    "unsloth-mistral-Devstral-Small-2507": token.MISTRAL,
    "upstage-Solar-Open-100B": message_families.SOLAR,
}


@pytest.mark.parametrize("name", _TEMPLATES)
def test_a_template_shows_the_format(name: str) -> None:
    template = (llama_cpp_source() / "models" / "templates" / f"{name}.jinja").read_text("utf-8")
    assert format_of(template) is _TEMPLATES[name]


@pytest.mark.parametrize(
    ("template", "form"),
    [
        (None, families.PLAIN),
        ("{{ messages }}", families.PLAIN),
        ("<tool_call>", families.HERMES),
        ("<tool_call> and <function=", families.FUNCTION_TAGS),
        ("'<|tool|>' + message['tools'] + '<|/tool|>'", token.PHI_4_MINI),
        ("{{ '[THINK]' }}", token.MISTRAL),
        ("{{ '<function_calls>' + message['function_calls'] }}", families.OLMO_3),
    ],
)
def test_unknown_templates(template: str | None, form: Format) -> None:
    assert format_of(template) is form


def test_the_architecture_says_what_a_template_does_not() -> None:
    assert format_of(None, "gpt-oss") is message_families.HARMONY
    assert format_of("{{ messages }}", "lfm2") is token.LFM_2
    assert format_of("<tool_call>", "lfm2") is families.HERMES
