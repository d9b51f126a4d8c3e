"""The two colour schemes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Colours:
    """One colour scheme, as #rrggbb. Text on its surface has a contrast of at least 4.5:1."""

    window: str
    surface: str
    raised: str
    border: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    good: str
    fair: str
    bad: str
    bad_soft: str
    code: str
    weights: str
    context: str
    compute: str


LIGHT = Colours(
    window="#f6f6f4",
    surface="#ffffff",
    raised="#efeeeb",
    border="#dcdad5",
    text="#1d1d1f",
    muted="#5f5e5a",
    accent="#2f5fd0",
    accent_hover="#264fb3",
    on_accent="#ffffff",
    accent_soft="#e3eafb",
    good="#18703f",
    fair="#8a5a00",
    bad="#b3261e",
    bad_soft="#fbe9e7",
    code="#f3f2ef",
    weights="#2f5fd0",
    context="#0b756d",
    compute="#95590a",
)

DARK = Colours(
    window="#17181b",
    surface="#1f2024",
    raised="#2a2c31",
    border="#3a3c43",
    text="#ececee",
    muted="#a5a6ad",
    accent="#8fb0ff",
    accent_hover="#adc6ff",
    on_accent="#10131a",
    accent_soft="#26314d",
    good="#6fd197",
    fair="#e2b35c",
    bad="#ff8f86",
    bad_soft="#3f2524",
    code="#17181b",
    weights="#7ea2f7",
    context="#4fc4b8",
    compute="#dca44f",
)
