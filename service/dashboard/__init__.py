"""The owner's pages, and the page to play on: rendered here, readable without JavaScript.

Each subject has a folder with its routes, and one in `templates/`. `frame/` holds what all pages
share. Pages do what the HTTP API does, by calling the functions of its routes.
"""
