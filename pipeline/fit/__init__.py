"""Fitting a challenger's head on kept features, and guessing players' drawings by heads that did not see them."""
