"""Icons, translations and other files the program shows; no code."""
