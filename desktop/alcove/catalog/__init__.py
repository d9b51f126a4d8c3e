"""The models that Alcove knows: shipped data, validated at load."""
