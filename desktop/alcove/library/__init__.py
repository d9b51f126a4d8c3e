"""The models that are on this machine already, and what a target name leads to."""
