"""HTML pages for people, from templates. A page is one file; it loads nothing, runs no script."""
