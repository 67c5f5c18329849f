"""What the gate shows over HTTP. Imported only where `[web] listen` is set; it decides nothing about mail."""
