"""What this machine has: RAM, processor, GPUs, and the backends of the installed llama.cpp."""
