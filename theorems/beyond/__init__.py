"""What the suite finds out beyond the paper: one statement a file, source "this suite"."""
