"""Whether a model fits a machine, what it takes there, and how fast it will be."""
