"""Messages, and which mails come."""
