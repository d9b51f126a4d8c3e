"""OpenAI's requests and answers as JSON, with llama-server's names for what OpenAI leaves out."""
