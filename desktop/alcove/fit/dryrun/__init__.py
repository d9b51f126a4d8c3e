"""The dry run: llama.cpp itself says what a file would take, from the file's skeleton alone."""
