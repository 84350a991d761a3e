"""What the service tells of itself: the work at hand, the numbers of what was done, and the form of logs.

The lowest floor, so that every other may add to the work at hand. Knows no table and answers no request.
"""
