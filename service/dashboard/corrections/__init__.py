"""The pages of corrections: pictures with filters."""
