"""The Hugging Face hub: what repositories hold, and downloads into its shared cache."""
