"""Timings of models that are not there: the child process that takes them, and its client."""
