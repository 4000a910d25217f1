"""The sizes along which the hidden constants are followed."""

D = (10**6, 10**7, 10**8, 10**9, 10**10)
N = (30, 45, 68, 100, 150)
M = (40, 60, 90, 135, 200)
B = (5, 8, 10, 20, 40)
COPIES = (1, 2, 4, 8, 16)
