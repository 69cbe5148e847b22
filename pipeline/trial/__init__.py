"""Try a challenger on players before all get it, and watch a release after it."""
