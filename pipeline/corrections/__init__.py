"""Corrections in a run: validate, collect, add to the data set, settle; the owner's decisions."""
