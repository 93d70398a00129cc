"""Sources: the files and URLs that a document is made of, and what may be reached."""
