"""カレンダー: due dates and what is ready, at a secret address for the calendar on one's phone."""
