"""The model process, which serves one loaded model over HTTP, and its client."""
