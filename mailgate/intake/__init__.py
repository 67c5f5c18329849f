"""Mail comes in: every door ends in `accept.py`, and no door answers before that has made the mail durable."""
