"""What reads results and computes nothing: the table, the page, and the numbers that README and docs quote."""
