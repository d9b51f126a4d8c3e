"""System prompts that the user gave a name."""

from __future__ import annotations

from dataclasses import dataclass

from alcove.chat.database import Database


@dataclass(frozen=True)
class Preset:
    """A system prompt and its name."""

    name: str
    prompt: str


class Presets:
    """The presets in the file of the conversations. Every method may raise StorageError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self) -> tuple[Preset, ...]:
        """Return all of them, by name."""
        rows = self._database.read("SELECT name, prompt FROM chat_presets ORDER BY lower(name)")
        return tuple(Preset(row["name"], row["prompt"]) for row in rows)

    def keep(self, preset: Preset) -> None:
        """Remember a preset, in place of one of that name."""
        self._database.write(
            "INSERT OR REPLACE INTO chat_presets VALUES (?, ?)", preset.name, preset.prompt
        )

    def delete(self, name: str) -> None:
        """Forget a preset."""
        self._database.write("DELETE FROM chat_presets WHERE name = ?", name)
