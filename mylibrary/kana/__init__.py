"""Another kana, which staff decide on."""
