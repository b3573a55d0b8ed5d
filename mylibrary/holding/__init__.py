"""予約: placing a hold, one or all that are in 予約かご, and where a patron fetches them."""
