"""What Casebook can do beside other servers on the same data: `make bench`.

Each load comes from a second process over the loopback interface; contestants take turns within a round, and a figure is the
median of the rounds' ratios, for a shared machine swings too much for anything else. Knows Casebook by its HTTP alone.
"""
