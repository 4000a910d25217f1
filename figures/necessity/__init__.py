"""What needs which line of Condition 3.1: statements against lines, coloured by the margin at which each falls."""
