"""A hub on this machine that speaks Hugging Face's protocol, for tests and for trying the app."""

from local_hub.hub import LocalHub, StoredFile
from local_hub.server import Request

__all__ = ["LocalHub", "Request", "StoredFile"]
