"""Dialogs, each one classmethod."""
