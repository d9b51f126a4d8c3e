"""Where each program on this machine keeps its GGUF files, one module for each of them."""
