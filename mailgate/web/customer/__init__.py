"""What a customer sees and does on pages that a signed link opens."""
