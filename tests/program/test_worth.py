"""What generating here was worth, as the program says it."""

from __future__ import annotations

from pathlib import Path

from program.running import alcove, answer, sentence


def test_what_was_generated_is_counted_and_the_price_remembered(alcove_home: Path) -> None:
    assert "Nothing was generated" in alcove("worth").stdout
    run = answer("run", "starter", "-p", "Say hello.", "--max-tokens", "8", "--context", "512")
    document = answer("worth", "--price", "2/4")
    assert document["completion_tokens"] == run["completion_tokens"]
    assert document["prompt_tokens"] == run["prompt_tokens"]
    tokens = 2 * run["prompt_tokens"] + 4 * run["completion_tokens"]
    assert document["cost"] == tokens / 1_000_000
    assert answer("worth")["price"]["output"] == 4
    assert "USD for a million" in alcove("worth").stdout
    (alcove_home / "prices.json").write_text("nonsense")
    assert "cannot be read" in sentence("worth")


def test_prices_are_listed_with_their_sources() -> None:
    said = alcove("worth", "--price", "help").stdout
    assert all("https://" in line for line in said.splitlines())
    assert len(answer("worth", "--price", "help")) == len(said.splitlines())
    assert "No price is called" in sentence("worth", "--price", "nobody's")
