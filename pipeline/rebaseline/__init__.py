"""A new baseline: train all layers anew in a process of its own, judge the result, offer it."""
