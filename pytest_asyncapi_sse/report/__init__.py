"""What a run tells its user; no pytest here."""
