"""Casebook beside other servers on the same data: `make bench`.

The load comes from a second process over the loopback interface. Contestants take turns within a round, and a figure is the
median of the rounds' ratios, since on a shared machine absolute figures swing too much. Knows Casebook by its HTTP alone.
"""
