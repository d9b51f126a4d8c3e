"""Running code of answers where it can harm nothing: no network, no files of the user's, limits."""
