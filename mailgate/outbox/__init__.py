"""What we say goes out: letters are written, enqueued with the decision, and carried to the relay."""
