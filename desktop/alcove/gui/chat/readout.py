"""The readout in words: how an answer went, and how one goes that is still written."""

from __future__ import annotations

from alcove.chat.conversation import Figures
from alcove.gui.chat.live import LiveAnswer
from alcove.i18n import _, ngettext

_SEPARATOR = "  ·  "


def figures_line(figures: Figures) -> str:
    """Return the readout of an answer that ended; figures that are 0 are not known."""
    parts = []
    if figures.generation_tokens_per_second:
        speed = number(figures.generation_tokens_per_second)
        parts.append(_("{speed} tokens/s").format(speed=speed))
    if figures.time_to_first_token_s:
        seconds = duration(figures.time_to_first_token_s)
        parts.append(_("{seconds} to first token").format(seconds=seconds))
    parts.append(_tokens(figures.answer_tokens))
    if figures.prompt_tokens:
        parts.append(_prompt(figures))
    if ended := _endings().get(figures.finish_reason, figures.finish_reason):
        parts.append(ended)
    return _SEPARATOR.join(parts)


def live_line(live: LiveAnswer, now: float) -> str:
    """Return the readout of an answer that is written now."""
    parts = []
    if (speed := live.speed(now)) is not None:
        parts.append(_("{speed} tokens/s").format(speed=number(speed)))
    if live.tokens:
        parts.append(_tokens(live.continued_tokens + live.tokens))
    parts.append(duration(now - live.started))
    return _SEPARATOR.join(parts)


def prompt_line(live: LiveAnswer, now: float) -> str:
    """Say what happens before the first token."""
    if live.prompt is None:
        return _("Waiting for the model")
    read = _("Reading the prompt: {processed} of {total} tokens").format(
        processed=f"{live.prompt.processed:,}", total=f"{live.prompt.total:,}"
    )
    left = live.prompt_seconds_left(now)
    if left is None:
        return read
    return read + ", " + _("{seconds} left").format(seconds=duration(left))


def number(value: float) -> str:
    """Write a figure with three digits at most that matter."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def duration(seconds: float) -> str:
    """Write a time: ``0.42 s``, ``12.0 s`` or ``3 min 5 s``."""
    if seconds < 1:
        return _("{seconds} s").format(seconds=f"{seconds:.2f}")
    if seconds < 60:
        return _("{seconds} s").format(seconds=f"{seconds:.1f}")
    return _("{minutes} min {seconds} s").format(
        minutes=int(seconds) // 60, seconds=int(seconds) % 60
    )


def _endings() -> dict[str, str]:
    """Return what is said of the reasons why an answer ends."""
    return {
        "stop": _("ended by itself"),
        "length": _("cut off at the length limit"),
        "tool_calls": _("asked for a tool"),
        "content_filter": _("stopped by a filter"),
    }


def _tokens(count: int) -> str:
    return ngettext("{count} token", "{count} tokens", count).format(count=f"{count:,}")


def _prompt(figures: Figures) -> str:
    count = f"{figures.prompt_tokens:,}"
    if figures.prompt_tokens_per_second:
        speed = number(figures.prompt_tokens_per_second)
        text = _("prompt {count} at {speed}/s").format(count=count, speed=speed)
    else:
        text = _("prompt {count}").format(count=count)
    if figures.cached_tokens:
        text += " " + _("({count} cached)").format(count=f"{figures.cached_tokens:,}")
    return text
