"""The same prompts over several models, benchmarks, and what came of them earlier."""
