"""Pages for people: figures, sentences and style, in HTML that loads nothing."""
