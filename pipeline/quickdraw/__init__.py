"""Google's Quick, Draw! files: fetching them, and opening what was fetched."""
