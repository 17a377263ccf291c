"""The commands of `kpgan`, each a thin layer over a tool or over an API."""
