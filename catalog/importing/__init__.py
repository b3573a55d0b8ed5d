"""Records and items from the files of the library system."""
