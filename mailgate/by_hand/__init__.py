"""What a person of ours does by hand with mails, letters and senders. Whoever asks for it (the command line, the desk's
window) says who he is; what it means, and how it is told, is here once for all."""
