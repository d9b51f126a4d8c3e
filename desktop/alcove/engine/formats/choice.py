"""Which family's format a model uses, by what its chat template holds."""

from __future__ import annotations

from alcove.engine.formats import families, message_families, token_families
from alcove.engine.formats.format import Format

_SIGNS: tuple[tuple[tuple[str, ...], Format], ...] = (
    (("<|channel|>",), message_families.HARMONY),
    (("<atem:",), message_families.MUSE),
    (("<|tool_call:begin|>",), message_families.SOLAR),
    (("<|channel>",), token_families.GEMMA_4),
    (("<|open|>", "<|sep|>"), message_families.KIMI_K3),
    (("<|tool_calls_section_begin|>",), token_families.KIMI_K2),
    (("｜DSML｜", "function_calls"), families.DSML),
    (("｜DSML｜",), families.DSML_4),
    (("<｜tool▁calls▁begin｜>", "```json"), token_families.DEEPSEEK_R1),
    (("<｜tool▁calls▁begin｜>",), token_families.DEEPSEEK_V3),
    (("[TOOL_CALLS]", "[CALL_ID]"), token_families.MISTRAL_IDS),
    (("[TOOL_CALLS]", "[ARGS]"), token_families.MISTRAL),
    (("[TOOL_CALLS]",), token_families.MISTRAL_LIST),
    (("[THINK]",), token_families.MISTRAL),
    (("<|START_ACTION|>",), token_families.COHERE),
    (("<|START_RESPONSE|>",), token_families.COHERE),
    (("Action:", '"tool_name"'), families.COMMAND_R),
    (("<seed:tool_call>",), families.SEED),
    (("minimax[>[",), families.MINIMAX_M3),
    (("<minimax:tool_call>",), families.MINIMAX_M2),
    (("<|tools_prefix|>",), token_families.APERTUS),
    (("<|tool_call_start|>",), token_families.LFM_2),
    (("<|tool_list_start|>",), token_families.LFM_2),
    (("<arg_key{}>",), families.HUNYUAN),
    (("<arg_key>",), families.GLM),
    (("<param name=",), families.MINICPM),
    (("<tool_call>", "<function="), families.FUNCTION_TAGS),
    (("<TOOLCALL>",), families.NEMOTRON_2),
    (("[BEGIN FINAL RESPONSE]",), families.APRIEL),
    (("<tool_calls>",), families.MINIMAX_M1),
    ((">>>all",), families.FUNCTIONARY_3_2),
    (("<function=",), token_families.FUNCTIONARY_3_1),
    (("<|function_call|>",), token_families.GIGACHAT),
    (("<|role_sep|>",), token_families.GIGACHAT_3),
    (("<tool_call>",), families.HERMES),
    (("<function_calls>",), families.OLMO_3),
    (("functools",), families.FUNCTOOLS),
    (("<|tool|>",), token_families.PHI_4_MINI),
    (("<|tool_call|>",), token_families.GRANITE_3),
    (("ipython",), token_families.LLAMA_3),
    (("List of tools: [",), token_families.LFM_2),
)
"""Texts that together mean a format; the first row counts of which all are in the template."""

_ARCHITECTURES = {
    "gpt-oss": message_families.HARMONY,
    "lfm2": token_families.LFM_2,
    "lfm2moe": token_families.LFM_2,
}
"""Architectures whose models have one format, for templates that do not show it."""


def format_of(template: str | None, architecture: str = "") -> Format:
    """Return the format of a model with this chat template and architecture."""
    held = template or ""
    known = _ARCHITECTURES.get(architecture, families.PLAIN)
    return next((form for signs, form in _SIGNS if all(sign in held for sign in signs)), known)
