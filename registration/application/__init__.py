"""The application, from the form to the result."""
