"""The documentation site: what it needs beyond plain Markdown, and the pictures that it shows."""
