"""リクエスト: asking the library to get a title that it does not have."""
