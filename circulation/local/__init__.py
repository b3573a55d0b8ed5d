"""The product's own circulation: for a small library without another system."""
