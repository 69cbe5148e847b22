"""HTML pages for people, from templates; they load nothing."""
