"""AI蔵書探索: works found by what a question means. Vectors come from a process of their own."""
