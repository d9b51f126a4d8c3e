"""Alcove: which open models can this computer run, how well, and can I talk to one now?"""

__version__ = "0.1.0"
