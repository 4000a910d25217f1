"""A one-page poster: claim, cartoon, headline, mechanism, boundary and verdicts."""
