"""What all pages share: the layout, the route class, the files that pages load, and the policy."""
