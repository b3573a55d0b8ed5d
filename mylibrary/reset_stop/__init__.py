"""The stop of new passwords by mail, after a change that was not the patron's."""
