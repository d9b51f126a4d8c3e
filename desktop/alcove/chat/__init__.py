"""Conversations, kept in SQLite."""
