"""The counter: where staff lend and take back, if it is this product that lends."""
