"""What the vendors' interfaces tell of GPUs, the ones that llama.cpp cannot use included."""
