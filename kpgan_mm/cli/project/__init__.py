"""What `kpgan init` does: look at videos, find the figure, and write a project."""
