"""Tells people the story of a mail (`mailgate/story.py`): in sentences, as a trace, and without anything secret. The
command line and the desk's window say the same words."""
