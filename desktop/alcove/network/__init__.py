"""The only way out: what may leave this machine, and the journal of every request that did."""

from alcove.network.policy import Network, go_offline, is_address, is_loopback

__all__ = ["Network", "go_offline", "is_address", "is_loopback"]
