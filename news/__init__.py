"""What staff write for residents to read: news, and the works that the library recommends."""
