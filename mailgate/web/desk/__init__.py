"""The desk's window: what engineers and operators see and do on pages, signed in."""
