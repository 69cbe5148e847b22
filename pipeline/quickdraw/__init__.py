"""Download Google's Quick, Draw! files."""
