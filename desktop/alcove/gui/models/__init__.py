"""Qt models over frozen dataclasses."""
