"""利用状況: what a patron has borrowed and waits for, what can be done about it, and 読書記録."""
