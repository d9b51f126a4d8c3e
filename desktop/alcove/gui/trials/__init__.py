"""What the Trials page is made of."""
