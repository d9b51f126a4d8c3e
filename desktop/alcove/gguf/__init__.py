"""Reading the header of a GGUF file, local or remote; split files; names of quantizations."""
