"""What every screen shares: fields, the rendering of forms, what tells a stale page."""
