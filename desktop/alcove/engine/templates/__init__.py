"""Chat templates: Jinja from model files, rendered in a process that may fail without harm."""
