"""SDI: searches whose new arrivals a patron is told of."""
