"""What this process keeps of versions in memory: the release, and files."""
