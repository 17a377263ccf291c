"""What the other rooms need from their surroundings: imports, checkpoints, configurations."""
