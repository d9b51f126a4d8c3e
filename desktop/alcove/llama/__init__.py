"""A thin typed view of llama.cpp's C API; only child processes import it."""
