"""The score tables as text: for the terminal and for the docs."""
