"""What the program prints: consoles, tables, progress, numbers and the checks of path arguments."""
