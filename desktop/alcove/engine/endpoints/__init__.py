"""What the model process answers at which path."""
