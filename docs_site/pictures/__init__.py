"""The pictures of the explanations, by the code's own rules: `python -m docs_site.pictures`."""
